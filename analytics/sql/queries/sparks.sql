-- sparks: one row is the value of one metric of one campaign in one slot of the period; empty slots have no row.
WITH scoped AS (
{{scoped}}
), summed AS (
    SELECT
        campaign_id,
        slot,
{{sums}}
    FROM scoped
    WHERE position = 1
    GROUP BY campaign_id, slot
)
SELECT
    campaign_id,
    slot,
    {{value}} AS value
FROM summed
