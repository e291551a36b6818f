-- The one row is what is here and what is to come of the events of a period: of its days before `young_day` from the
-- totals, of its hours from `young` to `over` from the forecast. `costs` are the days that miss the costs of a source.
WITH settled AS (
    SELECT
        coalesce(sum(
            sends + delivered + bounces + opens + machine_opens + clicks + machine_clicks + unsubscribes + complaints
            + impressions + conversions
        ), 0)::bigint AS events,
        coalesce(sum(conversions), 0)::bigint AS conversions
    FROM campaign_daily
    WHERE basis = %(event)s AND day >= %(start_day)s AND day < %(young_day)s
), young AS (
    SELECT
        coalesce(sum(arrived), 0)::bigint AS events,
        coalesce(sum(unknown), 0)::bigint AS unknown,
        coalesce(sum(to_come), 0) AS to_come,
        coalesce(sum(arrived) FILTER (WHERE kind = 1), 0)::bigint AS conversions,
        coalesce(sum(unknown) FILTER (WHERE kind = 1), 0)::bigint AS unknown_conversions,
        coalesce(sum(to_come) FILTER (WHERE kind = 1), 0) AS conversions_to_come
    FROM hour_forecast
    WHERE hour >= %(young)s AND hour < %(over)s
)
SELECT
    (SELECT min(at) FROM source_forecast) AS at,
    settled.events AS settled,
    settled.conversions AS settled_conversions,
    young.*,
    (
        SELECT array_agg(ARRAY[source, day::text] ORDER BY source, day) FROM missing_costs
        WHERE day >= %(start_day)s AND day < %(end_day)s AND NOT EXISTS (
            SELECT FROM campaign_costs AS cost WHERE cost.date = missing_costs.day AND cost.source = missing_costs.source
        )
    ) AS costs
FROM settled, young
