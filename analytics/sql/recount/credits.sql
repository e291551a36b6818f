-- every ledger row as it should be
SELECT 1 AS sign, contact_id, event_id, campaign_id, message, type, occurred_at, sent_at, clicked, value
FROM recount_ledger
