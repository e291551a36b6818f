-- the ledger rows at work as they were booked and as they are now
SELECT version AS sign, contact_id, event_id, campaign_id, message, type, occurred_at, sent_at, clicked, value
FROM fold_credit
