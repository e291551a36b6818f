-- One row is a source, a day (UTC) on which its events came, and their type. What was known already is what the batches
-- brought and the fold did not keep; ages and waits are those of events that came through a door and not in a file.
INSERT INTO source_day (source_id, day, type, taken, known, live, aged_seconds, waited_seconds, last_at)
SELECT
    b.source_id, (b.received_at AT TIME ZONE 'UTC')::date, brought.type,
    sum(coalesce(kept.events, 0)),
    sum(brought.events - coalesce(kept.events, 0)),
    coalesce(sum(kept.events) FILTER (WHERE b.import_id IS NULL), 0),
    coalesce(sum(kept.aged) FILTER (WHERE b.import_id IS NULL), 0),
    coalesce(
        sum(kept.events * greatest(0, extract(epoch FROM %(counted_at)s - b.received_at))) FILTER (WHERE b.import_id IS NULL), 0
    ),
    max(b.received_at)
FROM unnest(%(batch_ids)s::bigint[], %(received_at)s::timestamptz[], %(source_ids)s::integer[], %(import_ids)s::bigint[])
    AS b (batch_id, received_at, source_id, import_id)
JOIN (SELECT batch_id, type, count(*) AS events FROM fold_staging GROUP BY 1, 2) brought USING (batch_id)
LEFT JOIN (
    SELECT
        batch_id, type, count(*) AS events,
        sum(greatest(0, extract(epoch FROM received_at - occurred_at))) AS aged
    FROM fold_event WHERE fresh GROUP BY 1, 2
) kept USING (batch_id, type)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (source_id, day, type) DO UPDATE SET
    taken = source_day.taken + excluded.taken,
    known = source_day.known + excluded.known,
    live = source_day.live + excluded.live,
    aged_seconds = source_day.aged_seconds + excluded.aged_seconds,
    waited_seconds = source_day.waited_seconds + excluded.waited_seconds,
    last_at = greatest(source_day.last_at, excluded.last_at)
