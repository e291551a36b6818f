-- One row is how many events of one hour, source and kind (1 = conversions and refunds, 0 = all others) came in one
-- quarter of an hour, numbered from the hour's beginning, by one file (0 = by none). What came before its hour, by the
-- clock of another machine, came at once; what came two weeks after its end is history and no delay.
INSERT INTO arrival (hour, source_id, kind, quarter, import_file_id, events)
SELECT hour, source_id, kind, quarter, import_file_id, count(*)
FROM (
    SELECT
        hour,
        source_id,
        CASE WHEN type IN (7, 8) THEN 1 ELSE 0 END AS kind,
        greatest(0, floor(extract(epoch FROM received_at - hour) / 900))::smallint AS quarter,
        coalesce(import_id, 0) AS import_file_id
    FROM (
        SELECT *, date_trunc('hour', occurred_at, 'UTC') AS hour FROM (
            {{events}}
        ) AS reported
    ) AS happened
    WHERE received_at < hour + interval '337 hours'
) AS arrived
GROUP BY hour, source_id, kind, quarter, import_file_id
ON CONFLICT (hour, source_id, kind, quarter, import_file_id) DO UPDATE SET events = arrival.events + excluded.events
