-- One row is a campaign and day on one date basis, as it should be: its hours, and what campaign_costs says.
CREATE TEMPORARY TABLE recount_daily ON COMMIT DROP AS
WITH events AS (
    SELECT
    basis, campaign_id, (hour AT TIME ZONE %(zone)s)::date AS day,
    sum(sends)::bigint AS sends,
    sum(delivered)::bigint AS delivered,
    sum(bounces)::bigint AS bounces,
    sum(opens)::bigint AS opens,
    sum(unique_opens)::bigint AS unique_opens,
    sum(machine_opens)::bigint AS machine_opens,
    sum(clicks)::bigint AS clicks,
    sum(unique_clicks)::bigint AS unique_clicks,
    sum(machine_clicks)::bigint AS machine_clicks,
    sum(unsubscribes)::bigint AS unsubscribes,
    sum(complaints)::bigint AS complaints,
    sum(impressions)::bigint AS impressions,
    sum(conversions)::bigint AS conversions,
    sum(converters)::bigint AS converters,
    sum(click_converters)::bigint AS click_converters,
    sum(revenue) AS revenue,
    sum(refunds) AS refunds
    FROM recount_hourly GROUP BY 1, 2, 3
),
costs AS (
    SELECT
        basis::smallint AS basis, campaign_id, date AS day, coalesce(sum(value), 0) AS cost,
        coalesce(sum(impressions), 0)::bigint AS platform_impressions,
        coalesce(sum(clicks), 0)::bigint AS platform_clicks,
        coalesce(sum(conversions + conversion_fraction), 0) AS platform_conversions
    FROM campaign_costs CROSS JOIN (VALUES (0), (1)) AS bases (basis) GROUP BY 1, 2, 3
)
SELECT
    basis, campaign_id, day,
    coalesce(e.sends, 0) AS sends,
    coalesce(e.delivered, 0) AS delivered,
    coalesce(e.bounces, 0) AS bounces,
    coalesce(e.opens, 0) AS opens,
    coalesce(e.unique_opens, 0) AS unique_opens,
    coalesce(e.machine_opens, 0) AS machine_opens,
    coalesce(e.clicks, 0) AS clicks,
    coalesce(e.unique_clicks, 0) AS unique_clicks,
    coalesce(e.machine_clicks, 0) AS machine_clicks,
    coalesce(e.unsubscribes, 0) AS unsubscribes,
    coalesce(e.complaints, 0) AS complaints,
    coalesce(e.impressions, 0) AS impressions,
    coalesce(e.conversions, 0) AS conversions,
    coalesce(e.converters, 0) AS converters,
    coalesce(e.click_converters, 0) AS click_converters,
    coalesce(e.revenue, 0) AS revenue,
    coalesce(e.refunds, 0) AS refunds,
    coalesce(c.cost, 0) AS cost, coalesce(c.platform_impressions, 0) AS platform_impressions,
    coalesce(c.platform_clicks, 0) AS platform_clicks, floor(coalesce(c.platform_conversions, 0))::bigint AS platform_conversions,
    coalesce(c.platform_conversions, 0) - floor(coalesce(c.platform_conversions, 0)) AS platform_fraction
FROM events e FULL JOIN costs c USING (basis, campaign_id, day)
