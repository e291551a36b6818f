-- One row is a reason for which rows of a source were rejected, among the newest so many of each source (of all sources
-- only the newest `seen` are looked at, for no index knows the source); what is quoted in a reason and the moment that lies
-- too early or too late are left out, so that alike ones are one, and nothing that was sent is repeated.
SELECT
    md5(concat_ws(chr(31), source_name, field, reason)) AS key, source_name AS source, field, reason,
    count(*) AS rows, min(created_at) AS first_at, max(created_at) AS last_at
FROM (
    SELECT source_name, field, regexp_replace(reason, '"[^"]*"|[0-9]{4}-[0-9T:Z-]+(?= lies )', '“…”', 'g') AS reason, created_at
    FROM (
        SELECT *, row_number() OVER (PARTITION BY source_name ORDER BY id DESC) AS place
        FROM (
            SELECT * FROM (
                SELECT id, source_name, field, reason, created_at FROM dead_letter_row ORDER BY id DESC LIMIT %(seen)s
            ) seen
            WHERE %(source)s::text IS NULL OR source_name = %(source)s
            ORDER BY id DESC LIMIT CASE WHEN %(source)s::text IS NULL THEN NULL ELSE %(newest)s END
        ) asked
    ) placed
    WHERE place <= %(newest)s
) newest
GROUP BY 2, 3, 4
ORDER BY last_at DESC, key
LIMIT %(most)s
