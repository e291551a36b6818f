-- One row is a contact and month of the reporting zone with its conversions, as it should be.
INSERT INTO recount_contact_month
SELECT
    contact_id, date_trunc('month', occurred_at AT TIME ZONE %(zone)s)::date AS month, count(*)::integer AS conversions,
    coalesce(sum(worth), 0) AS revenue
FROM recount_event WHERE type = 7
GROUP BY 1, 2
