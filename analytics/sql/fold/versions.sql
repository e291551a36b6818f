-- the events at work as they counted before and as they count now
SELECT -1 AS sign, contact_id, campaign_id, message, type, occurred_at, machine_before AS machine
FROM fold_event WHERE NOT fresh
UNION ALL
SELECT 1, contact_id, campaign_id, message, type, occurred_at, machine
FROM fold_event WHERE type NOT IN (7, 8, 12)
