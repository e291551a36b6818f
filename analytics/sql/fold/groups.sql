-- the messages that a fresh event belongs to
SELECT DISTINCT contact_id, campaign_id, message FROM fold_event WHERE fresh AND type NOT IN (7, 8, 12)
