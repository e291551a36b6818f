-- One row is how many events of one hour of the week one source reported in one quarter of an hour, in the weeks that are
-- compared with: `hours`, and which hour of the week each is. What happened before the source was known here was brought
-- in afterwards, and what a file brought that was undone is gone; neither is a delay.
SELECT arrival.source_id, arrival.kind, past.place, arrival.quarter, sum(arrival.events)::bigint AS events
FROM unnest(%(hours)s::timestamptz[], %(places)s::integer[]) AS past (hour, place)
JOIN arrival USING (hour)
JOIN source ON source.id = arrival.source_id AND source.created_at <= arrival.hour
WHERE NOT EXISTS (
    SELECT FROM import_file
    WHERE import_file.id = arrival.import_file_id AND import_file.state IN ('undoing', 'undone')
)
GROUP BY arrival.source_id, arrival.kind, past.place, arrival.quarter
ORDER BY arrival.source_id, arrival.kind
