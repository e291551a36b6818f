-- hours_of_send: one row is what became of the messages of one campaign that left in one hour of the day, over the days
-- of a period; the columns of history.Hour, counted as sums.sql counts them. Hours of which nothing arrived have no row.
SELECT *
FROM (
    SELECT
        totals.campaign_id,
        extract(hour FROM totals.hour AT TIME ZONE %(time_zone)s)::integer AS hour,
        sum(
            CASE WHEN campaign.reports_deliveries THEN totals.delivered ELSE totals.sends - totals.bounces END
        )::bigint AS delivered,
        sum(totals.unique_clicks)::bigint AS unique_clicks
    FROM campaign_hourly AS totals
    JOIN campaign ON campaign.id = totals.campaign_id
    WHERE totals.basis = %(basis)s
        AND totals.hour >= %(start_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND totals.hour < %(end_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND (%(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[]))
    GROUP BY 1, 2
) AS summed
WHERE summed.delivered > 0
ORDER BY summed.campaign_id, summed.hour
