-- One row is a source of costs and a day they are of, since one, with how many rows there are; day and rows are null where
-- it told of none since then. The names are found by leaping through the index from one to the next. `told_at` is when one
-- of its rows was last written, among the 2,000 of its newest days, and `ended` whether all campaigns of those of its last
-- four weeks have ended.
WITH RECURSIVE named AS (
    (SELECT source FROM campaign_costs ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT source FROM campaign_costs WHERE source > named.source ORDER BY source LIMIT 1)
    FROM named WHERE named.source IS NOT NULL
), known AS MATERIALIZED (
    SELECT named.source, newest.*
    FROM named
    CROSS JOIN LATERAL (
        SELECT
            max(date) AS last_day, max(rows.updated_at) AS told_at,
            bool_and(coalesce(ends_at <= %(now)s, false)) FILTER (WHERE date > newest_day - 28) AS ended
        FROM (
            SELECT campaign_id, date, updated_at, max(date) OVER () AS newest_day
            FROM (
                SELECT campaign_id, date, updated_at
                FROM campaign_costs WHERE source = named.source ORDER BY date DESC LIMIT 2000
            ) newest_rows
        ) rows
        JOIN campaign ON campaign.id = rows.campaign_id
    ) newest
    WHERE named.source IS NOT NULL
)
SELECT
    known.source AS name, told.day, coalesce(told.rows, 0) AS rows, told.last_at, known.last_day, known.told_at,
    known.ended
FROM known
LEFT JOIN LATERAL (
    SELECT date AS day, count(*) AS rows, max(updated_at) AS last_at
    FROM campaign_costs WHERE source = known.source AND date >= %(since)s
    GROUP BY 1
) told ON true
ORDER BY 1, 2
