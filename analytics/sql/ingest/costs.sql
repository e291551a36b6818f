-- One row is one cost sent: its place in the batch, and whether it was created (true) or updated (false); null says that
-- it cannot be added to what its file said before. Writes the costs, moves the days' totals on both bases by what
-- differs, and notes the days. A repeat moves nothing. Conversions are kept as whole ones and the fraction beside them.
-- Of what a file says a journal is kept, also where it says what stood there: from then on the row is its word. What
-- comes otherwise stands for good, so nothing is kept of what was before.
WITH sent AS (
    SELECT * FROM unnest(
        %(places)s::integer[], %(campaign_ids)s::integer[], %(dates)s::date[], %(sources)s::text[], %(items)s::text[],
        %(amounts)s::numeric[], %(currencies)s::text[],
        %(impressions)s::bigint[], %(clicks)s::bigint[], %(conversions)s::numeric[], %(time_zones)s::text[]
    ) AS sent (
        place, campaign_id, date, source, item, amount, currency, impressions, clicks, conversions, time_zone
    )
),
-- rows of one file add up where its rows do, also to what an earlier batch of the same file wrote
added AS (
    SELECT
        place, sent.campaign_id, sent.date, sent.source, sent.item, sent.currency, sent.time_zone,
        coalesce(earlier.amount + sent.amount, sent.amount) AS amount,
        coalesce(earlier.impressions + sent.impressions, earlier.impressions, sent.impressions) AS impressions,
        coalesce(earlier.clicks + sent.clicks, earlier.clicks, sent.clicks) AS clicks,
        coalesce(
            earlier.conversions + earlier.conversion_fraction + sent.conversions,
            earlier.conversions + earlier.conversion_fraction,
            sent.conversions
        ) AS conversions,
        earlier.currency <> sent.currency OR abs(earlier.amount + sent.amount) >= 1e14 AS is_refused
    FROM sent
    LEFT JOIN campaign_costs AS earlier ON %(adds)s
        AND earlier.campaign_id = sent.campaign_id AND earlier.date = sent.date
        AND earlier.source = sent.source AND earlier.item = sent.item
        AND earlier.import_id = %(import_file)s::bigint
),
-- the same in the reporting currency; null without a rate, and where the product is larger than a value can be
valued AS (
    SELECT added.*,
        CASE
            WHEN added.currency = %(currency)s THEN added.amount
            WHEN abs(added.amount * rate.rate) < 1e15 - 1 THEN round(added.amount * rate.rate, 9)
        END AS value
    FROM added
    LEFT JOIN LATERAL (
        SELECT known.rate FROM currency_rate AS known
        WHERE known.currency = added.currency AND known.day <= added.date
        ORDER BY known.day DESC LIMIT 1
    ) AS rate ON true
    WHERE is_refused IS NOT TRUE
),
compared AS (
    SELECT valued.*,
        before.id AS target,
        before.id IS NULL AS is_new,
        before.amount AS amount_before,
        before.currency AS currency_before,
        before.value AS value_before,
        before.impressions AS impressions_before,
        before.clicks AS clicks_before,
        before.conversions + before.conversion_fraction AS conversions_before,
        (
            before.amount, before.currency, before.value, before.impressions, before.clicks,
            before.conversions + before.conversion_fraction, before.time_zone
        ) IS DISTINCT FROM (
            valued.amount, valued.currency, valued.value, valued.impressions, valued.clicks, valued.conversions,
            valued.time_zone
        ) AS differs,
        before.time_zone AS time_zone_before,
        before.import_id AS import_before
    FROM valued
    LEFT JOIN campaign_costs AS before USING (campaign_id, date, source, item)
),
written AS (
    INSERT INTO campaign_costs (
        campaign_id, date, source, item, amount, currency, value, impressions, clicks, conversions,
        conversion_fraction, time_zone, import_id, updated_at
    )
    SELECT
        campaign_id, date, source, item, amount, currency, value, impressions, clicks, floor(conversions),
        coalesce(conversions - floor(conversions), 0), time_zone, %(import_file)s, %(at)s
    FROM compared
    WHERE differs OR import_before IS DISTINCT FROM %(import_file)s::bigint
    ON CONFLICT (campaign_id, date, source, item) DO UPDATE SET
        amount = excluded.amount, currency = excluded.currency, value = excluded.value,
        impressions = excluded.impressions, clicks = excluded.clicks, conversions = excluded.conversions,
        conversion_fraction = excluded.conversion_fraction, time_zone = excluded.time_zone,
        import_id = excluded.import_id, updated_at = excluded.updated_at
    RETURNING id, campaign_id, date, source, item
),
journal AS (
    INSERT INTO import_change (import_file_id, kind, target, is_new, before, changed_at)
    SELECT
        %(import_file)s, 'cost', written.id, is_new,
        jsonb_build_object(
            'amount', amount_before::text, 'currency', currency_before, 'impressions', impressions_before,
            'clicks', clicks_before, 'conversions', conversions_before::text, 'time_zone', time_zone_before,
            'import_id', import_before
        ),
        %(at)s
    FROM compared JOIN written USING (campaign_id, date, source, item)
    WHERE %(import_file)s::bigint IS NOT NULL AND import_before IS DISTINCT FROM %(import_file)s::bigint
),
forgotten AS (
    DELETE FROM import_change AS change USING compared
    WHERE %(import_file)s::bigint IS NULL AND import_before IS NOT NULL
        AND change.kind = 'cost' AND change.target = compared.target
),
differences AS (
    SELECT campaign_id, date,
        sum(coalesce(value, 0) - coalesce(value_before, 0)) AS cost,
        sum(coalesce(impressions, 0) - coalesce(impressions_before, 0)) AS impressions,
        sum(coalesce(clicks, 0) - coalesce(clicks_before, 0)) AS clicks,
        sum(coalesce(conversions, 0) - coalesce(conversions_before, 0)) AS conversions
    FROM compared WHERE differs GROUP BY campaign_id, date
),
moved AS (
    INSERT INTO campaign_daily AS total
        (basis, campaign_id, day, cost, platform_impressions, platform_clicks, platform_conversions, platform_fraction)
    SELECT
        basis, campaign_id, date, cost, impressions, clicks, floor(conversions), conversions - floor(conversions)
    FROM differences, unnest(ARRAY[0, 1]) AS basis
    ON CONFLICT (basis, campaign_id, day) DO UPDATE SET
        cost = total.cost + excluded.cost,
        platform_impressions = total.platform_impressions + excluded.platform_impressions,
        platform_clicks = total.platform_clicks + excluded.platform_clicks,
        platform_conversions = total.platform_conversions + excluded.platform_conversions
            + floor(total.platform_fraction + excluded.platform_fraction),
        platform_fraction = total.platform_fraction + excluded.platform_fraction
            - floor(total.platform_fraction + excluded.platform_fraction)
),
noted AS (
    INSERT INTO changed_day (basis, day, changed_at)
    SELECT DISTINCT basis, date, %(at)s::timestamptz FROM differences, unnest(ARRAY[0, 1]) AS basis
    ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
)
SELECT place, is_new FROM compared WHERE differs
UNION ALL
SELECT place, NULL FROM added WHERE is_refused
