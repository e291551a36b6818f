-- One row is a sample: its series, the values of its labels, its value.
SELECT 'marketing_heartbeat_age_seconds', ARRAY[program], greatest(0, extract(epoch FROM clock_timestamp() - at))::float
FROM heartbeat
