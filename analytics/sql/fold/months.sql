-- One row is a month (UTC) in which a campaign now has events.
INSERT INTO campaign_month (campaign_id, starts_at, ends_at)
SELECT campaign_id, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
FROM (
    SELECT DISTINCT campaign_id, date_trunc('month', occurred_at AT TIME ZONE 'UTC') AS month FROM fold_event WHERE fresh
) fresh
ON CONFLICT DO NOTHING
