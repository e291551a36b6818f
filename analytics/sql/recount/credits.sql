-- the ledger rows of the contacts at work, as they should be
SELECT 1 AS sign, contact_id, event_id, campaign_id, message, type, occurred_at, sent_at, clicked, value
FROM recount_ledger WHERE contact_id BETWEEN %(first)s AND %(last)s
