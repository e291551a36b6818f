-- scoped_hours: as scoped_days, by hour. What ad platforms report has no hour: unknown here, not none. An hour asked
-- for stays as it is, since the hour that a clock change repeats does not survive the way over local time.
SELECT
    period.position,
    totals.campaign_id,
    CASE
        WHEN period.position = 1 THEN totals.hour
        ELSE ((totals.hour AT TIME ZONE %(time_zone)s) + period.shift) AT TIME ZONE %(time_zone)s
    END AS slot,
    totals.campaign_id <> 0 AS attributed,
    coalesce(campaign.channel = ANY (%(delivering)s::text[]), false) AS delivering,
    coalesce(campaign.reports_deliveries, true) AS reports_deliveries,
    totals.sends,
    totals.delivered,
    totals.bounces,
    totals.opens,
    totals.unique_opens,
    totals.machine_opens,
    totals.clicks,
    totals.unique_clicks,
    totals.machine_clicks,
    totals.unsubscribes,
    totals.complaints,
    totals.impressions,
    totals.conversions,
    totals.converters,
    totals.click_converters,
    totals.revenue,
    totals.refunds,
    NULL::numeric AS cost,
    NULL::bigint AS platform_conversions
FROM unnest(%(starts)s::date[], %(ends)s::date[], %(shifts)s::interval[])
    WITH ORDINALITY AS period (start_day, end_day, shift, position)
JOIN campaign_hourly AS totals
    ON totals.basis = %(basis)s
    AND totals.hour >= period.start_day::timestamp AT TIME ZONE %(time_zone)s
    AND totals.hour < period.end_day::timestamp AT TIME ZONE %(time_zone)s
LEFT JOIN campaign ON campaign.id = totals.campaign_id
WHERE %(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[])
