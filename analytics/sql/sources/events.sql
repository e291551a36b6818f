-- One row is a source: when it last sent events or had some rejected, what of it waits or could not be counted, and what
-- was rejected and dropped since a day. When anything of it was last counted is looked up by key.
SELECT
    s.id, s.name, latest.last_at, coalesce(waits.rows, 0) AS waiting, waits.last_at AS waiting_at,
    coalesce(waits.dead, 0) AS dead, coalesce(refused.items, 0) AS rejected, refused.last_at AS rejected_at,
    coalesce(dropped.events, 0) AS suppressed
FROM source s
LEFT JOIN LATERAL (
    SELECT max(last_at) AS last_at FROM source_day
    WHERE source_id = s.id AND day = (SELECT max(day) FROM source_day WHERE source_id = s.id)
) latest ON true
LEFT JOIN (
    SELECT
        source_id,
        (sum(rows) FILTER (WHERE state = 'waiting'))::bigint AS rows,
        max(received_at) FILTER (WHERE state = 'waiting') AS last_at,
        count(*) FILTER (WHERE state = 'dead') AS dead
    FROM inbox GROUP BY 1
) waits ON waits.source_id = s.id
LEFT JOIN LATERAL (
    SELECT sum(items)::bigint AS items, max(last_at) AS last_at
    FROM rejected_items WHERE source_id = s.id AND day >= %(recent)s
) refused ON true
LEFT JOIN LATERAL (
    SELECT sum(events)::bigint AS events FROM suppressed_events WHERE source_id = s.id AND day >= %(recent)s
) dropped ON true
ORDER BY s.name
