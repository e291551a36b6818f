-- One row is a campaign and day on one date basis, raised by what the fold adds to its measures.
INSERT INTO campaign_daily (
    basis, campaign_id, day, sends, delivered, bounces, opens, unique_opens, machine_opens, clicks, unique_clicks,
    machine_clicks, unsubscribes, complaints, impressions, conversions, converters, click_converters, revenue,
    refunds
)
SELECT
    basis, campaign_id, (hour AT TIME ZONE %(zone)s)::date,
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
ON CONFLICT (basis, campaign_id, day) DO UPDATE SET
    sends = campaign_daily.sends + excluded.sends,
    delivered = campaign_daily.delivered + excluded.delivered,
    bounces = campaign_daily.bounces + excluded.bounces,
    opens = campaign_daily.opens + excluded.opens,
    unique_opens = campaign_daily.unique_opens + excluded.unique_opens,
    machine_opens = campaign_daily.machine_opens + excluded.machine_opens,
    clicks = campaign_daily.clicks + excluded.clicks,
    unique_clicks = campaign_daily.unique_clicks + excluded.unique_clicks,
    machine_clicks = campaign_daily.machine_clicks + excluded.machine_clicks,
    unsubscribes = campaign_daily.unsubscribes + excluded.unsubscribes,
    complaints = campaign_daily.complaints + excluded.complaints,
    impressions = campaign_daily.impressions + excluded.impressions,
    conversions = campaign_daily.conversions + excluded.conversions,
    converters = campaign_daily.converters + excluded.converters,
    click_converters = campaign_daily.click_converters + excluded.click_converters,
    revenue = campaign_daily.revenue + excluded.revenue,
    refunds = campaign_daily.refunds + excluded.refunds
