-- scoped_hours: one row is the measures of one campaign in one hour of a period (1 = asked, 2 = compared with), under
-- the filters. What ad platforms report has no hour: unknown here, not none. `slot` as in scoped_days; an hour of the
-- asked period stays as it is, since the hour that a clock change repeats does not survive the way over local time.
SELECT
    period.position,
    CASE
        WHEN period.position = 1 THEN totals.hour
        ELSE ((totals.hour AT TIME ZONE %(time_zone)s) + period.shift) AT TIME ZONE %(time_zone)s
    END AS slot,
    totals.campaign_id,
    campaign.channel,
    totals.sends,
    CASE
        WHEN campaign.reports_deliveries IS FALSE THEN totals.sends - totals.bounces
        ELSE totals.delivered
    END AS delivered,
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
WHERE (%(channels)s::text[] IS NULL OR campaign.channel = ANY (%(channels)s::text[]))
    AND (%(campaigns)s::integer[] IS NULL OR totals.campaign_id = ANY (%(campaigns)s::integer[]))
