-- One row is a rejected row of a group, the oldest first, found as `sources/rejected` groups them.
SELECT id FROM (
    SELECT id, source_name, field, regexp_replace(reason, '"[^"]*"', '“…”', 'g') AS reason
    FROM dead_letter_row ORDER BY id DESC LIMIT %(newest)s
) newest
WHERE md5(concat_ws(chr(31), source_name, field, reason)) = %(key)s
ORDER BY id
