-- One row is a source and a day (UTC) since one, with its events of some types.
SELECT
    s.id, d.day, sum(d.taken)::bigint AS taken, sum(d.known)::bigint AS known, sum(d.live)::bigint AS live,
    sum(d.aged_seconds) AS aged, sum(d.waited_seconds) AS waited
FROM source s
CROSS JOIN LATERAL (SELECT * FROM source_day WHERE source_id = s.id AND day >= %(since)s AND type = ANY(%(types)s) OFFSET 0) d
GROUP BY 1, 2
