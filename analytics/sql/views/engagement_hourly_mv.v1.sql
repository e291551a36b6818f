-- engagement_hourly_mv: one row is what people did with one campaign in one hour on one date basis (send, event).
-- An hour is an instant; hours were cut in the reporting zone.
CREATE MATERIALIZED VIEW reporting.engagement_hourly_mv AS
SELECT
    CASE totals.basis WHEN 0 THEN 'send' ELSE 'event' END AS basis,
    totals.campaign_id,
    campaign.external_id,
    campaign.channel,
    totals.hour,
    totals.sends,
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
    totals.converters
FROM campaign_hourly AS totals
LEFT JOIN campaign ON campaign.id = totals.campaign_id
WITH DATA;
CREATE UNIQUE INDEX engagement_hourly_mv_key ON reporting.engagement_hourly_mv (basis, campaign_id, hour);
