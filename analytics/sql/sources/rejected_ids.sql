-- One row is a rejected row of a group that came before one, the newest first, found as `sources/rejected` groups them.
SELECT id FROM (
    SELECT id, source_name, field, reason FROM dead_letter_row WHERE id < %(before)s ORDER BY id DESC LIMIT %(seen)s
) seen
WHERE %(key)s = md5(concat_ws(
    chr(31), source_name, field, regexp_replace(reason, '"[^"]*"|[0-9]{4}-[0-9T:Z-]+(?= lies )', '“…”', 'g')
))
ORDER BY id DESC
LIMIT %(newest)s
