-- One row is a day (UTC) and a type of the events of a source, as if each had come when it happened.
INSERT INTO source_day (source_id, day, type, taken, known, live, aged_seconds, waited_seconds, last_at)
SELECT source_id, (occurred_at AT TIME ZONE 'UTC')::date, type, count(*), 0, count(*), 0, 0, max(occurred_at)
FROM event WHERE source_id = %(source)s
GROUP BY 1, 2, 3
