-- One row is a reason for which batches of a source could not be counted, among the newest so many of each source (of all
-- dead ones the newest `seen` are looked at); what is quoted in it is left out.
SELECT
    md5(concat_ws(chr(31), i.source_id, i.reason)) AS key, i.source_id, s.name AS source, i.reason, count(*) AS batches,
    sum(i.rows)::bigint AS rows, min(i.received_at) AS first_at, max(i.received_at) AS last_at,
    array_agg(i.id ORDER BY i.id) AS ids
FROM (
    SELECT
        id, source_id, rows, received_at, regexp_replace(reason, '"[^"]*"', '“…”', 'g') AS reason,
        row_number() OVER (PARTITION BY source_id ORDER BY id DESC) AS place
    FROM (
        SELECT id, source_id, rows, received_at, reason FROM inbox WHERE state = 'dead' ORDER BY id DESC LIMIT %(seen)s
    ) seen
) i
JOIN source s ON s.id = i.source_id
WHERE i.place <= %(newest)s AND (%(source)s::text IS NULL OR s.name = %(source)s)
GROUP BY 2, 3, 4
ORDER BY last_at DESC, key
LIMIT %(most)s
