-- One row is a series in a window up to now, with what was counted by step; a step that the series does not have is null.
-- Written out, because taking the arrays apart costs three times as much.
SELECT
    asked.name AS window_name,
    slot.series,
    ARRAY[
        sum(counts[1]), sum(counts[2]), sum(counts[3]), sum(counts[4]), sum(counts[5]), sum(counts[6]), sum(counts[7]),
        sum(counts[8]), sum(counts[9]), sum(counts[10]), sum(counts[11]), sum(counts[12]), sum(counts[13]),
        sum(counts[14])
    ] AS counts,
    sum(bad) AS bad
FROM unnest(%(names)s::text[], %(widths)s::integer[], %(sinces)s::timestamptz[]) AS asked (name, width, since)
JOIN level_slot AS slot ON slot.width = asked.width AND slot.at >= asked.since AND slot.series = ANY(%(series)s)
GROUP BY asked.name, slot.series
