-- roi_metrics_daily_mv: one row is what one campaign cost and brought on one day of the reporting zone, by last
-- touch, on one date basis (send, event); cost always counts on its own day. Null = unknown.
CREATE MATERIALIZED VIEW reporting.roi_metrics_daily_mv AS
SELECT
    CASE totals.basis WHEN 0 THEN 'send' ELSE 'event' END AS basis,
    totals.day,
    totals.campaign_id,
    campaign.external_id,
    campaign.name,
    campaign.channel,
    totals.cost,
    totals.conversions AS attributed_conversions,
    totals.revenue AS attributed_revenue,
    totals.refunds AS attributed_refunds,
    totals.revenue - totals.refunds AS attributed_net_revenue,
    round((totals.revenue - totals.refunds) / nullif(greatest(totals.cost, 0), 0), 10) AS roas,
    round((totals.revenue - totals.refunds - totals.cost) / nullif(greatest(totals.cost, 0), 0), 10) AS roi
FROM campaign_daily AS totals
JOIN campaign ON campaign.id = totals.campaign_id
WHERE totals.cost <> 0 OR totals.conversions <> 0 OR totals.revenue <> 0 OR totals.refunds <> 0
WITH DATA;
CREATE UNIQUE INDEX roi_metrics_daily_mv_key ON reporting.roi_metrics_daily_mv (basis, day, campaign_id);
