-- kpis: one row is the sums of one period (1 = asked, 2 = compared with); a period without figures has no row.
WITH scoped AS (
{{scoped}}
)
SELECT
    position,
{{sums}}
FROM scoped
GROUP BY position
