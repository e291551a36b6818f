-- One row is a sample: its series, the values of its labels, its value.
SELECT 'marketing_job_runs_total', ARRAY[name, outcome], runs::float FROM job_total
UNION ALL
SELECT 'marketing_job_last_run_timestamp_seconds', ARRAY[name, outcome], extract(epoch FROM last_at) FROM job_total
UNION ALL
SELECT 'marketing_job_seconds_total', ARRAY[name], sum(seconds) FROM job_total GROUP BY name
UNION ALL
SELECT 'marketing_job_last_seconds', ARRAY[name], last_seconds
FROM (SELECT DISTINCT ON (name) name, last_seconds FROM job_total ORDER BY name, last_at DESC) AS last
UNION ALL
SELECT 'marketing_pii_looks_total', ARRAY[outcome], sum(acts)
FROM look_total
CROSS JOIN LATERAL (SELECT CASE WHEN act = 'refused' THEN 'refused' ELSE 'shown' END AS outcome) AS told
WHERE act IN ('listed', 'timeline', 'revealed', 'refused')
GROUP BY outcome
UNION ALL
SELECT 'marketing_pii_reveals_total', '{}', contacts FROM look_total WHERE act = 'revealed'
UNION ALL
SELECT 'marketing_dsar_open', '{}', count(*) FROM data_subject_request WHERE closed_at IS NULL
UNION ALL
SELECT 'marketing_dsar_overdue', '{}', count(*) FROM data_subject_request WHERE closed_at IS NULL AND due_at <= now()
UNION ALL
SELECT 'marketing_access_alerts_open', '{}', count(*) FROM access_alert WHERE acknowledged_at IS NULL
UNION ALL
SELECT 'marketing_notices', ARRAY[state::text], count(*) FROM notice GROUP BY state
