-- One row is a fresh event's key: from now on it is known, at any time.
INSERT INTO event_key (contact_id, event_id, occurred_at)
SELECT contact_id, event_id, occurred_at FROM fold_event WHERE fresh ORDER BY contact_id, event_id
