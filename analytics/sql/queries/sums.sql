    -- the columns of catalogue.Sums, over rows of scoped_campaigns, scoped_days or scoped_hours
    sum(sends)::bigint AS sends,
    sum(CASE WHEN reports_deliveries THEN delivered ELSE sends - bounces END)::bigint AS delivered,
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
    sum(refunds) AS refunds,
    coalesce(sum(conversions) FILTER (WHERE attributed), 0)::bigint AS attributed_conversions,
    coalesce(sum(converters) FILTER (WHERE attributed), 0)::bigint AS attributed_converters,
    coalesce(sum(revenue) FILTER (WHERE attributed), 0) AS attributed_revenue,
    coalesce(sum(refunds) FILTER (WHERE attributed), 0) AS attributed_refunds,
    coalesce(
        sum(
            CASE
                WHEN NOT delivering THEN unique_clicks
                WHEN reports_deliveries THEN delivered
                ELSE sends - bounces
            END
        ) FILTER (WHERE attributed),
        0
    )::bigint AS conversion_base,
    coalesce(sum(unique_opens) FILTER (WHERE delivering), 0)::bigint AS message_unique_opens,
    coalesce(sum(unique_clicks) FILTER (WHERE delivering), 0)::bigint AS message_unique_clicks,
    coalesce(sum(unsubscribes) FILTER (WHERE delivering), 0)::bigint AS message_unsubscribes,
    coalesce(sum(complaints) FILTER (WHERE delivering), 0)::bigint AS message_complaints,
    coalesce(sum(revenue) FILTER (WHERE delivering), 0) AS message_revenue,
    coalesce(sum(refunds) FILTER (WHERE delivering), 0) AS message_refunds,
    sum(cost) AS cost,
    sum(platform_conversions)::bigint AS platform_conversions
