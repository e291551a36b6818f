-- the ledger rows of the contacts at work, as the rebuild counted them and as they are to be now
SELECT -1 AS sign, contact_id, event_id, campaign_id, message, type, occurred_at, sent_at, clicked, value
FROM rebuild_ledger WHERE contact_id = ANY(%(contacts)s)
UNION ALL
SELECT 1, contact_id, event_id, campaign_id, message, type, occurred_at, sent_at, clicked, value
FROM recount_ledger
