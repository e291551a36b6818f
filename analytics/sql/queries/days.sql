-- days: one row is what one campaign did on one day on which something happened; the columns of history.Day, counted as
-- sums.sql counts them. What belongs to no campaign is not among them.
SELECT
    counted.campaign_id,
    counted.day,
    counted.sends,
    counted.delivered,
    counted.bounces,
    counted.unique_opens,
    counted.unique_clicks,
    counted.converters,
    counted.unsubscribes,
    counted.complaints,
    counted.revenue::double precision,
    counted.cost::double precision
FROM (
    SELECT
        totals.campaign_id,
        totals.day,
        totals.sends,
        CASE WHEN campaign.reports_deliveries THEN totals.delivered ELSE totals.sends - totals.bounces END AS delivered,
        totals.bounces,
        totals.unique_opens,
        totals.unique_clicks,
        totals.converters,
        totals.unsubscribes,
        totals.complaints,
        totals.revenue - totals.refunds AS revenue,
        totals.cost
    FROM campaign_daily AS totals
    JOIN campaign ON campaign.id = totals.campaign_id
    WHERE totals.basis = %(basis)s
        AND totals.day >= %(start_day)s
        AND totals.day < %(end_day)s
        AND (%(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[]))
) AS counted
WHERE (
    counted.sends, counted.delivered, counted.bounces, counted.unique_opens, counted.unique_clicks,
    counted.converters, counted.unsubscribes, counted.complaints, counted.revenue, counted.cost
) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
ORDER BY counted.campaign_id, counted.day
