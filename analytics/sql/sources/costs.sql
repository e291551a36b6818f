-- One row is a source of costs and a day they are of, since one, with how many rows there are; day and rows are null where
-- it told of none since then. The names are found by leaping through the index from one to the next.
WITH RECURSIVE named AS (
    (SELECT source FROM campaign_costs ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT source FROM campaign_costs WHERE source > named.source ORDER BY source LIMIT 1)
    FROM named WHERE named.source IS NOT NULL
)
SELECT
    named.source AS name, told.day, coalesce(told.rows, 0) AS rows, told.last_at,
    (SELECT max(date) FROM campaign_costs WHERE source = named.source) AS last_day
FROM named
LEFT JOIN LATERAL (
    SELECT date AS day, count(*) AS rows, max(updated_at) AS last_at
    FROM campaign_costs WHERE source = named.source AND date >= %(since)s
    GROUP BY 1
) told ON true
WHERE named.source IS NOT NULL
ORDER BY 1, 2
