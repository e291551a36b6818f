-- timeseries: one row is the sums of one slot of one period (1 = asked, 2 = compared with); empty slots have no row.
WITH scoped AS (
{{scoped}}
)
SELECT
    position,
    slot,
{{sums}}
FROM scoped
GROUP BY position, slot
