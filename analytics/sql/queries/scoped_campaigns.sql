-- scoped_campaigns: one row is the sums of one campaign of the scope in one period (1 = asked, 2 = compared with).
-- Summed first and joined then: so the join is of campaigns, not of their days.
SELECT
    summed.*,
    campaign.channel,
    summed.campaign_id <> 0 AS attributed,
    coalesce(campaign.channel = ANY (%(delivering)s::text[]), false) AS delivering,
    coalesce(campaign.reports_deliveries, true) AS reports_deliveries
FROM (
    SELECT
        period.position,
        totals.campaign_id,
        sum(totals.sends) AS sends,
        sum(totals.delivered) AS delivered,
        sum(totals.bounces) AS bounces,
        sum(totals.opens) AS opens,
        sum(totals.unique_opens) AS unique_opens,
        sum(totals.machine_opens) AS machine_opens,
        sum(totals.clicks + totals.platform_clicks) AS clicks,
        sum(totals.unique_clicks) AS unique_clicks,
        sum(totals.machine_clicks) AS machine_clicks,
        sum(totals.unsubscribes) AS unsubscribes,
        sum(totals.complaints) AS complaints,
        sum(totals.impressions + totals.platform_impressions) AS impressions,
        sum(totals.conversions) AS conversions,
        sum(totals.converters) AS converters,
        sum(totals.click_converters) AS click_converters,
        sum(totals.revenue) AS revenue,
        sum(totals.refunds) AS refunds,
        sum(totals.cost) AS cost,
        sum(totals.platform_conversions + totals.platform_fraction) AS platform_conversions
    FROM unnest(%(starts)s::date[], %(ends)s::date[], %(shifts)s::interval[])
        WITH ORDINALITY AS period (start_day, end_day, shift, position)
    JOIN campaign_daily AS totals
        ON totals.basis = %(basis)s AND totals.day >= period.start_day AND totals.day < period.end_day
    WHERE %(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[])
    GROUP BY period.position, totals.campaign_id
) AS summed
LEFT JOIN campaign ON campaign.id = summed.campaign_id
