-- One row is a contact and month of the reporting zone, raised by its fresh conversions.
INSERT INTO contact_month (contact_id, month, conversions, revenue)
SELECT
    contact_id, date_trunc('month', occurred_at AT TIME ZONE %(zone)s)::date, count(*), coalesce(sum(value), 0)
FROM fold_event WHERE fresh AND type = 7
GROUP BY 1, 2
ON CONFLICT (contact_id, month) DO UPDATE SET
    conversions = contact_month.conversions + excluded.conversions,
    revenue = contact_month.revenue + excluded.revenue
