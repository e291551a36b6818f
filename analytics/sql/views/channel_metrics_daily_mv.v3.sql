-- channel_metrics_daily_mv: one row is all measures and ratios of one channel on one day of the reporting zone on one
-- date basis (send, event); channel 'unattributed' is what belongs to no campaign. Null = unknown.
CREATE MATERIALIZED VIEW reporting.channel_metrics_daily_mv AS
WITH measured AS (
    SELECT
        CASE totals.basis WHEN 0 THEN 'send' ELSE 'event' END AS basis,
        totals.day,
        totals.campaign_id,
        coalesce(campaign.channel, 'unattributed') AS channel,
        totals.sends,
        CASE
            WHEN campaign.reports_deliveries IS FALSE THEN totals.sends - totals.bounces
            ELSE totals.delivered
        END AS delivered,
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
        totals.revenue,
        totals.refunds,
        totals.cost,
        totals.platform_conversions + totals.platform_fraction AS platform_conversions
    FROM campaign_daily AS totals
    LEFT JOIN campaign ON campaign.id = totals.campaign_id
), summed AS (
    SELECT
        basis,
        day,
        channel,
        sum(sends)::bigint AS sends,
        sum(delivered)::bigint AS delivered,
        sum(bounces)::bigint AS bounces,
        sum(opens)::bigint AS opens,
        sum(unique_opens)::bigint AS unique_opens,
        sum(machine_opens)::bigint AS machine_opens,
        sum(clicks)::bigint AS clicks,
        sum(unique_clicks)::bigint AS unique_clicks,
        sum(machine_clicks)::bigint AS machine_clicks,
        sum(conversions)::bigint AS conversions,
        sum(converters)::bigint AS converters,
        sum(revenue) AS revenue,
        coalesce(sum(revenue) FILTER (WHERE campaign_id <> 0), 0) AS attributed_revenue,
        coalesce(sum(revenue) FILTER (WHERE campaign_id = 0), 0) AS unattributed_revenue,
        coalesce(sum(refunds) FILTER (WHERE campaign_id <> 0), 0) AS attributed_refunds,
        coalesce(sum(conversions) FILTER (WHERE campaign_id <> 0), 0)::bigint AS attributed_conversions,
        coalesce(sum(converters) FILTER (WHERE campaign_id <> 0), 0)::bigint AS attributed_converters,
        sum(refunds) AS refunds,
        sum(unsubscribes)::bigint AS unsubscribes,
        sum(complaints)::bigint AS complaints,
        sum(impressions)::bigint AS impressions,
        sum(cost) AS cost,
        sum(platform_conversions)::bigint AS platform_conversions,
        coalesce(
            sum(unique_opens) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        )::bigint AS message_unique_opens,
        coalesce(
            sum(unique_clicks) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        )::bigint AS message_unique_clicks,
        coalesce(
            sum(unsubscribes) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        )::bigint AS message_unsubscribes,
        coalesce(
            sum(complaints) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        )::bigint AS message_complaints,
        coalesce(
            sum(revenue) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        ) AS message_revenue,
        coalesce(
            sum(refunds) FILTER (WHERE channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')), 0
        ) AS message_refunds,
        sum(
            CASE
                WHEN channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail') THEN delivered
                WHEN campaign_id <> 0 THEN unique_clicks
                ELSE 0
            END
        )::bigint AS conversion_base
    FROM measured
    GROUP BY basis, day, channel
)
SELECT
    summed.*,
    round(delivered / nullif(greatest(sends, 0), 0)::numeric, 10) AS delivery_rate,
    round(message_unique_opens / nullif(greatest(delivered, 0), 0)::numeric, 10) AS open_rate,
    round(message_unique_clicks / nullif(greatest(delivered, 0), 0)::numeric, 10) AS click_rate,
    round(message_unique_clicks / nullif(greatest(message_unique_opens, 0), 0)::numeric, 10) AS click_to_open_rate,
    round(attributed_converters / nullif(greatest(conversion_base, 0), 0)::numeric, 10) AS conversion_rate,
    round(attributed_converters / nullif(greatest(unique_clicks, 0), 0)::numeric, 10) AS click_conversion_rate,
    round(bounces / nullif(greatest(sends, 0), 0)::numeric, 10) AS bounce_rate,
    round(message_unsubscribes / nullif(greatest(delivered, 0), 0)::numeric, 10) AS unsubscribe_rate,
    round(message_complaints / nullif(greatest(delivered, 0), 0)::numeric, 10) AS complaint_rate,
    revenue - refunds AS net_revenue,
    round((revenue - refunds) / nullif(greatest(conversions, 0), 0)::numeric, 10) AS aov,
    round(
        (message_revenue - message_refunds) / nullif(greatest(delivered, 0), 0)::numeric, 10
    ) AS revenue_per_recipient,
    round((attributed_revenue - attributed_refunds) / nullif(greatest(cost, 0), 0)::numeric, 10) AS roas,
    round((attributed_revenue - attributed_refunds - cost) / nullif(greatest(cost, 0), 0)::numeric, 10) AS roi,
    round(cost / nullif(greatest(attributed_conversions, 0), 0)::numeric, 10) AS cpa,
    round(cost / nullif(greatest(clicks, 0), 0)::numeric, 10) AS cpc,
    round(1000 * cost / nullif(greatest(impressions, 0), 0)::numeric, 10) AS cpm
FROM summed
WITH DATA;
CREATE UNIQUE INDEX channel_metrics_daily_mv_key ON reporting.channel_metrics_daily_mv (basis, day, channel);
