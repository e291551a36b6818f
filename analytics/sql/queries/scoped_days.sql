-- scoped_days: one row is the measures of one campaign of the scope on one day of a period (1 = asked, 2 = compared
-- with). `slot` is the slot of the asked period that the day falls into, or is set against.
SELECT
    period.position,
    totals.campaign_id,
    date_trunc(%(grain)s, totals.day + period.shift)::date AS slot,
    totals.campaign_id <> 0 AS attributed,
    coalesce(campaign.channel = ANY (%(delivering)s::text[]), false) AS delivering,
    coalesce(campaign.reports_deliveries, true) AS reports_deliveries,
    totals.sends,
    totals.delivered,
    totals.bounces,
    totals.opens,
    totals.unique_opens,
    totals.machine_opens,
    totals.clicks + totals.platform_clicks AS clicks,
    totals.unique_clicks,
    totals.machine_clicks,
    totals.unsubscribes,
    totals.complaints,
    totals.impressions + totals.platform_impressions AS impressions,
    totals.conversions,
    totals.converters,
    totals.click_converters,
    totals.revenue,
    totals.refunds,
    totals.cost,
    totals.platform_conversions + totals.platform_fraction AS platform_conversions
FROM unnest(%(starts)s::date[], %(ends)s::date[], %(shifts)s::interval[])
    WITH ORDINALITY AS period (start_day, end_day, shift, position)
JOIN campaign_daily AS totals
    ON totals.basis = %(basis)s AND totals.day >= period.start_day AND totals.day < period.end_day
LEFT JOIN campaign ON campaign.id = totals.campaign_id
WHERE %(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[])
