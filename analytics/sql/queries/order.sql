-- order: the one row is the ids of all campaigns of the scope as they rank, and how many of them rank no later than an
-- anchor, which may be of an earlier moment.
SELECT
    coalesce(array_agg(id ORDER BY value {{direction}} NULLS LAST, id), ARRAY[]::integer[]) AS ids,
    count(*) FILTER (
        WHERE CASE
            WHEN value IS NOT DISTINCT FROM %(value)s::{{type}} THEN id <= %(pk)s::integer
            ELSE NOT coalesce(value {{later}} %(value)s::{{type}}, value IS NULL)
        END
    ) AS passed
FROM (
{{ranked}}
) AS ranked
