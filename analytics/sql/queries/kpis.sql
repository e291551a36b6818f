-- kpis: one row is the sums of one of the periods bound, by its position; a period without figures has no row.
WITH scoped AS (
{{scoped}}
)
SELECT
    position,
{{sums}}
FROM scoped
GROUP BY position
