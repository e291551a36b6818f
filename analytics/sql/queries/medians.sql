-- medians: the one row is the median of each metric over the campaigns bound, and how many of them it is known for;
-- campaigns without figures are not among them.
WITH scoped AS (
{{scoped}}
), summed AS (
    SELECT
        campaign_id,
{{sums}}
    FROM scoped
    WHERE position = 1
    GROUP BY campaign_id
), figures AS MATERIALIZED (
    SELECT
        summed.*,
{{figures}}
    FROM summed
    WHERE {{something}}
)
SELECT
    count(*) AS campaigns,
{{medians}}
FROM figures
