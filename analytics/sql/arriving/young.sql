-- One row is how many events of one hour are here from one source, of hours in which something can still come.
SELECT arrival.source_id, arrival.kind, arrival.hour, sum(arrival.events)::bigint AS events
FROM arrival
WHERE arrival.hour >= %(first)s AND arrival.hour < %(last)s
    AND NOT EXISTS (
        SELECT FROM import_file
        WHERE import_file.id = arrival.import_file_id AND import_file.state IN ('undoing', 'undone')
    )
GROUP BY arrival.source_id, arrival.kind, arrival.hour
