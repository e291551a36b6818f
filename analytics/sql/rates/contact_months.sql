-- Raises the revenue of each contact and month by what its conversions' values changed.
UPDATE contact_month m SET revenue = m.revenue + d.amount
FROM (
    SELECT
        contact_id, date_trunc('month', occurred_at AT TIME ZONE %(zone)s)::date AS month,
        sum(version * coalesce(value, 0)) AS amount
    FROM fold_credit WHERE type = 7 GROUP BY 1, 2
) d
WHERE m.contact_id = d.contact_id AND m.month = d.month
