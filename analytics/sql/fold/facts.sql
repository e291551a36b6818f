-- One row is a campaign and day (UTC) of one batch's fresh events.
SELECT
    batch_id, campaign_id, date_bin('1 day', occurred_at, '2000-01-01Z') AS day, count(*) AS events,
    max(occurred_at) AS last_at
FROM fold_event WHERE fresh GROUP BY 1, 2, 3
