-- contacts_count: the one row says how many contacts a slot has, up to a limit.
SELECT count(*) AS count FROM ({{firsts}}) slot
