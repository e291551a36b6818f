-- One row is a source of costs and a day they are of, since one, with how many rows there are; day and rows are null where
-- it told of none since then. The names are found by leaping through the index from one to the next. `told_at` is when one
-- of its rows was last written, among the 2,000 of its newest days.
WITH RECURSIVE named AS (
    (SELECT source FROM campaign_costs ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT source FROM campaign_costs WHERE source > named.source ORDER BY source LIMIT 1)
    FROM named WHERE named.source IS NOT NULL
), known AS MATERIALIZED (
    SELECT named.source, newest.*
    FROM named
    CROSS JOIN LATERAL (
        SELECT max(date) AS last_day, max(updated_at) AS told_at
        FROM (
            SELECT date, updated_at FROM campaign_costs WHERE source = named.source ORDER BY date DESC LIMIT 2000
        ) rows
    ) newest
    WHERE named.source IS NOT NULL
)
SELECT
    known.source AS name, told.day, coalesce(told.rows, 0) AS rows, told.last_at, known.last_day, known.told_at
FROM known
LEFT JOIN LATERAL (
    SELECT date AS day, count(*) AS rows, max(updated_at) AS last_at
    FROM campaign_costs WHERE source = known.source AND date >= %(since)s
    GROUP BY 1
) told ON true
ORDER BY 1, 2
