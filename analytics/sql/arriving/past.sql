-- One row is how many events of one hour of the week (0 = Monday at midnight by the zone's clock) one source reported in
-- one quarter of an hour, in the weeks from `first` to `last`. What happened before the source was known here was
-- brought in afterwards, and what a file brought that was undone is gone; neither is a delay.
SELECT
    arrival.source_id,
    arrival.kind,
    (
        (extract(isodow FROM arrival.hour AT TIME ZONE %(zone)s) - 1) * 24
        + extract(hour FROM arrival.hour AT TIME ZONE %(zone)s)
    )::integer AS place,
    arrival.quarter,
    sum(arrival.events)::bigint AS events
FROM arrival
JOIN source ON source.id = arrival.source_id
WHERE arrival.hour >= %(first)s AND arrival.hour < %(last)s
    AND arrival.hour >= source.created_at
    AND NOT EXISTS (
        SELECT FROM import_file
        WHERE import_file.id = arrival.import_file_id AND import_file.state IN ('undoing', 'undone')
    )
GROUP BY arrival.source_id, arrival.kind, place, arrival.quarter
ORDER BY arrival.source_id, arrival.kind
