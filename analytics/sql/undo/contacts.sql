-- One row is a contact of whom a file brought events, with how many. There is no index to find them by, for each would
-- cost every event that comes in: the months of the file's days are read once from end to end.
SELECT contact_id, count(*)
FROM event
WHERE import_id = %(import_file)s
    AND occurred_at >= coalesce(%(starts_at)s::timestamptz, '-infinity')
    AND occurred_at < coalesce(%(ends_at)s::timestamptz, 'infinity')
GROUP BY contact_id
ORDER BY contact_id
