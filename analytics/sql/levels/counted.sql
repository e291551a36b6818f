-- One row is a step of a series in a window up to now, with what was counted in it; step 0 is what failed.
SELECT asked.name AS window_name, slot.series, step.number, sum(step.count)::bigint AS count
FROM unnest(%(names)s::text[], %(widths)s::integer[], %(sinces)s::timestamptz[]) AS asked (name, width, since)
JOIN level_slot AS slot ON slot.width = asked.width AND slot.at >= asked.since AND slot.series <> %(up)s
CROSS JOIN LATERAL (
    SELECT count, number FROM unnest(slot.counts) WITH ORDINALITY AS counted (count, number)
    UNION ALL SELECT slot.bad, 0
) AS step
GROUP BY asked.name, slot.series, step.number
