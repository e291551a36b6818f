-- One row is a source of costs and a day they are of, since one, with how many rows there are; day and rows are null where
-- it told of none since then. The names are found by leaping through the index from one to the next. `told_at` is when one
-- of its rows was last written, among the 2,000 of its newest days, and `ended` whether all campaigns of those of its last
-- four weeks have ended. `lately` is how many of its rows were written since `recent`, whatever days they are of: of sources
-- that had some `rejected` all are looked at, since their share is made of it, of others the 50,000 of its newest days.
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
    known.ended, written.lately
FROM known
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE updated_at >= %(recent)s) AS lately
    FROM (
        SELECT updated_at FROM campaign_costs WHERE source = known.source
        ORDER BY date DESC
        LIMIT CASE WHEN known.source = ANY(%(rejected)s::text[]) THEN NULL ELSE 50000 END
    ) newest_rows
) written
LEFT JOIN LATERAL (
    SELECT date AS day, count(*) AS rows, max(updated_at) AS last_at
    FROM campaign_costs WHERE source = known.source AND date >= %(since)s
    GROUP BY 1
) told ON true
ORDER BY 1, 2
