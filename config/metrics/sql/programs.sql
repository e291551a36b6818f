-- One row is a sample: its series, the values of its labels, its value. Beat lives while ticks are sent, a worker while
-- runs begin or end of the jobs that are its own.
WITH signs AS (
    SELECT 'beat' AS program, max(sent_at) AS at FROM marketing_scheduler_log
    WHERE due_at > now() - interval '1 day'
    UNION ALL
    SELECT CASE WHEN name = ANY(%(fold_jobs)s) THEN 'fold' ELSE 'worker' END, max(coalesce(finished_at, started_at))
    FROM marketing_job_runs WHERE started_at > now() - interval '1 day' AND name = ANY(%(jobs)s) AND outcome <> 'waiting'
    GROUP BY 1
)
SELECT 'marketing_heartbeat_age_seconds', ARRAY[program], greatest(0, extract(epoch FROM clock_timestamp() - at))::float
FROM signs WHERE at IS NOT NULL
