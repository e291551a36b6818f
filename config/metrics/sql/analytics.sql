-- One row is a sample: its series, the values of its labels, its value.
WITH batches AS (
    SELECT state, count(*) AS batches, sum(rows) AS events, min(received_at) AS oldest_at FROM inbox GROUP BY state
), figures AS (
    SELECT coalesce(max(version), 0) AS version, max(changed_at) AS changed_at FROM data_version
), views AS (
    SELECT name, refreshed_at, data_version = version AS current, changed_at
    FROM unnest(%(views)s::text[]) AS name CROSS JOIN figures LEFT JOIN view_refresh USING (name)
    WHERE version > 0
)
SELECT 'marketing_inbox_batches', ARRAY[state], batches::float FROM batches
UNION ALL
SELECT 'marketing_inbox_waiting_events', '{}', events FROM batches WHERE state = 'waiting'
UNION ALL
SELECT series, '{}', greatest(0, extract(epoch FROM clock_timestamp() - oldest_at))
FROM batches, unnest(ARRAY['marketing_inbox_age_seconds', 'marketing_fold_lag_seconds']) AS series
WHERE state = 'waiting'
UNION ALL
SELECT 'marketing_dead_letters', ARRAY['batch'], batches FROM batches WHERE state = 'dead'
UNION ALL
SELECT 'marketing_dead_letters', ARRAY['row'], count(*) FROM (SELECT FROM dead_letter_row LIMIT %(most)s) AS letters
UNION ALL
SELECT 'marketing_view_age_seconds', ARRAY[name],
    CASE WHEN current THEN 0
    ELSE greatest(0, extract(epoch FROM clock_timestamp() - coalesce(refreshed_at, changed_at))) END
FROM views
UNION ALL
SELECT 'marketing_view_refreshed_timestamp_seconds', ARRAY[name], extract(epoch FROM refreshed_at) FROM views
WHERE refreshed_at IS NOT NULL
UNION ALL
SELECT 'marketing_marketing_alerts_open', '{}', count(*) FROM marketing_alert WHERE closed_at IS NULL
