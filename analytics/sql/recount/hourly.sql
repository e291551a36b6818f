-- One row is a campaign and hour on one date basis with its measures, as they should be.
CREATE TEMPORARY TABLE recount_hourly ON COMMIT DROP AS
SELECT
    basis, campaign_id, hour,
    coalesce(sum(amount) FILTER (WHERE measure = 'sends'), 0)::bigint AS sends,
    coalesce(sum(amount) FILTER (WHERE measure = 'delivered'), 0)::bigint AS delivered,
    coalesce(sum(amount) FILTER (WHERE measure = 'bounces'), 0)::bigint AS bounces,
    coalesce(sum(amount) FILTER (WHERE measure = 'opens'), 0)::bigint AS opens,
    coalesce(sum(amount) FILTER (WHERE measure = 'unique_opens'), 0)::bigint AS unique_opens,
    coalesce(sum(amount) FILTER (WHERE measure = 'machine_opens'), 0)::bigint AS machine_opens,
    coalesce(sum(amount) FILTER (WHERE measure = 'clicks'), 0)::bigint AS clicks,
    coalesce(sum(amount) FILTER (WHERE measure = 'unique_clicks'), 0)::bigint AS unique_clicks,
    coalesce(sum(amount) FILTER (WHERE measure = 'machine_clicks'), 0)::bigint AS machine_clicks,
    coalesce(sum(amount) FILTER (WHERE measure = 'unsubscribes'), 0)::bigint AS unsubscribes,
    coalesce(sum(amount) FILTER (WHERE measure = 'complaints'), 0)::bigint AS complaints,
    coalesce(sum(amount) FILTER (WHERE measure = 'impressions'), 0)::bigint AS impressions,
    coalesce(sum(amount) FILTER (WHERE measure = 'conversions'), 0)::bigint AS conversions,
    coalesce(sum(amount) FILTER (WHERE measure = 'converters'), 0)::bigint AS converters,
    coalesce(sum(amount) FILTER (WHERE measure = 'click_converters'), 0)::bigint AS click_converters,
    coalesce(sum(amount) FILTER (WHERE measure = 'revenue'), 0) AS revenue,
    coalesce(sum(amount) FILTER (WHERE measure = 'refunds'), 0) AS refunds
FROM recount_delta
GROUP BY 1, 2, 3
