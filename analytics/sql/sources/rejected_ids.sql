-- One row is a rejected row of a group that came before one, the newest first, found as `sources/rejected` groups them:
-- among the newest `seen` of its source, whose name is found by leaping through the index from name to name.
WITH RECURSIVE named AS (
    SELECT min(source_name) AS name FROM dead_letter_row
    UNION ALL
    SELECT (SELECT min(source_name) FROM dead_letter_row WHERE source_name > named.name)
    FROM named WHERE named.name IS NOT NULL
)
SELECT id FROM (
    SELECT id, field, reason FROM dead_letter_row
    WHERE source_name = (SELECT name FROM named WHERE md5(name) = left(%(key)s, 32)) AND id < %(before)s
    ORDER BY id DESC LIMIT %(seen)s
) seen
WHERE substr(%(key)s, 33) = md5(concat_ws(
    chr(31), field, regexp_replace(reason, '"[^"]*"|[0-9]{4}-[0-9T:Z-]+(?= lies )', '“…”', 'g')
))
ORDER BY id DESC
LIMIT %(newest)s
