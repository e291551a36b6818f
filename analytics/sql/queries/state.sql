-- state: the one row that says how fresh the figures are, how the totals were cut, and what still waits to be counted.
WITH inbox_state AS (
    SELECT
        count(*) FILTER (WHERE state = 'waiting') AS waiting,
        coalesce(sum(rows) FILTER (WHERE state = 'waiting'), 0)::bigint AS waiting_rows,
        count(*) FILTER (WHERE state = 'dead') AS dead,
        min(received_at) FILTER (WHERE state = 'waiting') AS oldest_at
    FROM inbox
)
SELECT
    coalesce(data_version.version, 0) AS version,
    data_version.changed_at,
    data_version.last_event_at,
    data_version.time_zone,
    data_version.currency,
    data_version.window_days,
    extract(epoch FROM now())::double precision AS read_at,
    inbox_state.*
FROM inbox_state
LEFT JOIN data_version ON data_version.id = 1
