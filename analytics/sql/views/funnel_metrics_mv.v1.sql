-- funnel_metrics_mv: one row is the funnel of one campaign of a channel with delivery over all time on one date
-- basis (send, event); who converted without a click stands beside it, in no step. Null = unknown.
CREATE MATERIALIZED VIEW reporting.funnel_metrics_mv AS
WITH measured AS (
    SELECT
        CASE totals.basis WHEN 0 THEN 'send' ELSE 'event' END AS basis,
        totals.campaign_id,
        campaign.external_id,
        campaign.name,
        campaign.channel,
        sum(totals.sends)::bigint AS sends,
        sum(
            CASE WHEN campaign.reports_deliveries THEN totals.delivered ELSE totals.sends - totals.bounces END
        )::bigint AS delivered,
        sum(totals.unique_opens)::bigint AS unique_opens,
        sum(totals.unique_clicks)::bigint AS unique_clicks,
        sum(totals.click_converters)::bigint AS click_converters,
        sum(totals.converters - totals.click_converters)::bigint AS converted_without_click
    FROM campaign_daily AS totals
    JOIN campaign ON campaign.id = totals.campaign_id
    WHERE campaign.channel IN ('email', 'sms', 'push', 'whatsapp', 'direct_mail')
    GROUP BY totals.basis, totals.campaign_id, campaign.id
)
SELECT
    measured.*,
    round(delivered / nullif(greatest(sends, 0), 0)::numeric, 10) AS delivered_step_rate,
    round(unique_opens / nullif(greatest(delivered, 0), 0)::numeric, 10) AS opened_step_rate,
    round(unique_clicks / nullif(greatest(unique_opens, 0), 0)::numeric, 10) AS clicked_step_rate,
    round(click_converters / nullif(greatest(unique_clicks, 0), 0)::numeric, 10) AS converted_step_rate,
    round(click_converters / nullif(greatest(sends, 0), 0)::numeric, 10) AS overall_rate
FROM measured
WITH DATA;
CREATE UNIQUE INDEX funnel_metrics_mv_key ON reporting.funnel_metrics_mv (basis, campaign_id);
