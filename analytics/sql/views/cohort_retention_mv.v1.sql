-- cohort_retention_mv: one row is how many contacts of one acquisition month (their first with a conversion) converted
-- so many months later, and their revenue; `contacts` is the size of the cohort. Months of the reporting zone.
CREATE MATERIALIZED VIEW reporting.cohort_retention_mv AS
WITH acquired AS (
    SELECT contact_id, min(month) AS acquired_month
    FROM contact_month
    WHERE conversions > 0
    GROUP BY contact_id
), cohort AS (
    SELECT acquired_month, count(*) AS contacts
    FROM acquired
    GROUP BY acquired_month
), active AS (
    SELECT
        acquired.acquired_month,
        (
            12 * (extract(year FROM kept.month) - extract(year FROM acquired.acquired_month))
            + extract(month FROM kept.month) - extract(month FROM acquired.acquired_month)
        )::integer AS months_since,
        count(*) FILTER (WHERE kept.conversions > 0) AS active,
        sum(kept.conversions)::bigint AS conversions,
        sum(kept.revenue) AS revenue
    FROM acquired
    JOIN contact_month AS kept ON kept.contact_id = acquired.contact_id AND kept.month >= acquired.acquired_month
    GROUP BY acquired.acquired_month, months_since
)
SELECT
    active.acquired_month,
    active.months_since,
    cohort.contacts,
    active.active,
    round(active.active::numeric / cohort.contacts, 10) AS retention,
    active.conversions,
    active.revenue
FROM active
JOIN cohort ON cohort.acquired_month = active.acquired_month
WITH DATA;
CREATE UNIQUE INDEX cohort_retention_mv_key ON reporting.cohort_retention_mv (acquired_month, months_since);
