-- One row is a campaign and hour on one date basis, raised by what the fold adds to its measures.
INSERT INTO campaign_hourly (
    basis, campaign_id, hour, sends, delivered, bounces, opens, unique_opens, machine_opens, clicks, unique_clicks,
    machine_clicks, unsubscribes, complaints, impressions, conversions, converters, click_converters, revenue,
    refunds
)
SELECT
    basis, campaign_id, hour,
    coalesce(sum(amount) FILTER (WHERE measure = 'sends'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'delivered'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'bounces'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'opens'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'unique_opens'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'machine_opens'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'clicks'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'unique_clicks'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'machine_clicks'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'unsubscribes'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'complaints'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'impressions'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'conversions'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'converters'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'click_converters'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'revenue'), 0),
    coalesce(sum(amount) FILTER (WHERE measure = 'refunds'), 0)
FROM fold_delta
GROUP BY 1, 2, 3
ON CONFLICT (basis, campaign_id, hour) DO UPDATE SET
    sends = campaign_hourly.sends + excluded.sends,
    delivered = campaign_hourly.delivered + excluded.delivered,
    bounces = campaign_hourly.bounces + excluded.bounces,
    opens = campaign_hourly.opens + excluded.opens,
    unique_opens = campaign_hourly.unique_opens + excluded.unique_opens,
    machine_opens = campaign_hourly.machine_opens + excluded.machine_opens,
    clicks = campaign_hourly.clicks + excluded.clicks,
    unique_clicks = campaign_hourly.unique_clicks + excluded.unique_clicks,
    machine_clicks = campaign_hourly.machine_clicks + excluded.machine_clicks,
    unsubscribes = campaign_hourly.unsubscribes + excluded.unsubscribes,
    complaints = campaign_hourly.complaints + excluded.complaints,
    impressions = campaign_hourly.impressions + excluded.impressions,
    conversions = campaign_hourly.conversions + excluded.conversions,
    converters = campaign_hourly.converters + excluded.converters,
    click_converters = campaign_hourly.click_converters + excluded.click_converters,
    revenue = campaign_hourly.revenue + excluded.revenue,
    refunds = campaign_hourly.refunds + excluded.refunds
