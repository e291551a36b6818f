-- One row is a reason for which rows of a source were rejected, among the newest so many of each source (of all sources
-- only the newest `seen` are looked at, of one just so many of its own); what is quoted in a reason and the moment that lies
-- too early or too late are left out, so that alike ones are one, and nothing that was sent is repeated. The key says
-- whose rows they are first, and then which.
SELECT
    md5(source_name) || md5(concat_ws(chr(31), field, reason)) AS key, source_name AS source, field, reason,
    count(*) AS rows, min(created_at) AS first_at, max(created_at) AS last_at
FROM (
    SELECT source_name, field, regexp_replace(reason, '"[^"]*"|[0-9]{4}-[0-9T:Z-]+(?= lies )', '“…”', 'g') AS reason, created_at
    FROM (
        SELECT *, row_number() OVER (PARTITION BY source_name ORDER BY id DESC) AS place
        FROM (
            SELECT id, source_name, field, reason, created_at FROM dead_letter_row
            WHERE %(source)s::text IS NULL OR source_name = %(source)s
            ORDER BY id DESC LIMIT %(seen)s
        ) asked
    ) placed
    WHERE place <= %(newest)s
) newest
GROUP BY 2, 3, 4
ORDER BY last_at DESC, key
LIMIT %(most)s
