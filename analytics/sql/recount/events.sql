-- the events at work that engagement is counted from
SELECT 1 AS sign, contact_id, campaign_id, message, type, occurred_at, machine_kept AS machine
FROM recount_event WHERE type NOT IN (7, 8, 12)
