-- Takes back what a file changed of costs, the latest changes first, at most so many, and each row's last change alone.
-- Where another file wrote the row since, that one's change begins now where this one began. Else the row is what it was,
-- or gone, and the totals of its day move by what differs, on both bases. One row says how many changes there were, and
-- whether any figure moved.
WITH change AS MATERIALIZED (
    SELECT one.id, one.target, one.is_new, one.before
    FROM import_change AS one
    WHERE one.import_file_id = %(import_file)s AND one.kind = 'cost' AND NOT EXISTS (
        SELECT FROM import_change AS later
        WHERE later.kind = 'cost' AND later.target = one.target AND later.id > one.id
            AND later.import_file_id = %(import_file)s
    )
    ORDER BY one.id DESC LIMIT %(most)s
),
follower AS MATERIALIZED (
    SELECT change.id, next.id AS next_id, change.is_new, change.before
    FROM change CROSS JOIN LATERAL (
        SELECT id FROM import_change WHERE kind = 'cost' AND target = change.target AND id > change.id
        ORDER BY id LIMIT 1
    ) AS next
),
handed AS (
    UPDATE import_change SET is_new = follower.is_new, before = follower.before
    FROM follower WHERE import_change.id = follower.next_id
),
-- the rows whose word is still the file's, as they were; null amounts of those that it made
compared AS MATERIALIZED (
    SELECT
        cost.id, cost.campaign_id, cost.date, change.is_new, cost.value AS value_now,
        cost.impressions AS impressions_now, cost.clicks AS clicks_now,
        cost.conversions + cost.conversion_fraction AS conversions_now,
        before.amount, before.currency, before.impressions, before.clicks, before.conversions, before.time_zone,
        before.import_id,
        CASE
            WHEN before.currency = %(currency)s THEN before.amount
            WHEN abs(before.amount * rate.rate) < 1e15 - 1 THEN round(before.amount * rate.rate, 9)
        END AS value
    FROM change
    JOIN campaign_costs AS cost ON cost.id = change.target AND cost.import_id = %(import_file)s
    CROSS JOIN jsonb_to_record(change.before) AS before (
        amount numeric, currency text, impressions bigint, clicks bigint, conversions numeric, time_zone text,
        import_id bigint
    )
    LEFT JOIN LATERAL (
        SELECT known.rate FROM currency_rate AS known
        WHERE known.currency = before.currency AND known.day <= cost.date
        ORDER BY known.day DESC LIMIT 1
    ) AS rate ON true
    WHERE change.id NOT IN (SELECT id FROM follower)
),
restored AS (
    UPDATE campaign_costs AS cost SET
        amount = compared.amount, currency = compared.currency, value = compared.value,
        impressions = compared.impressions, clicks = compared.clicks, conversions = floor(compared.conversions),
        conversion_fraction = coalesce(compared.conversions - floor(compared.conversions), 0),
        time_zone = compared.time_zone, import_id = compared.import_id, updated_at = %(at)s
    FROM compared WHERE cost.id = compared.id AND NOT compared.is_new
),
removed AS (
    DELETE FROM campaign_costs AS cost USING compared WHERE cost.id = compared.id AND compared.is_new
),
differences AS (
    SELECT campaign_id, date,
        sum(coalesce(value, 0) - coalesce(value_now, 0)) AS cost,
        sum(coalesce(impressions, 0) - coalesce(impressions_now, 0)) AS impressions,
        sum(coalesce(clicks, 0) - coalesce(clicks_now, 0)) AS clicks,
        sum(coalesce(conversions, 0) - coalesce(conversions_now, 0)) AS conversions
    FROM compared GROUP BY campaign_id, date
),
moved AS (
    UPDATE campaign_daily AS total SET
        cost = total.cost + differences.cost,
        platform_impressions = total.platform_impressions + differences.impressions,
        platform_clicks = total.platform_clicks + differences.clicks,
        platform_conversions = total.platform_conversions
            + floor(total.platform_fraction + differences.conversions)::bigint,
        platform_fraction = total.platform_fraction + differences.conversions
            - floor(total.platform_fraction + differences.conversions)
    FROM differences WHERE total.campaign_id = differences.campaign_id AND total.day = differences.date
),
noted AS (
    INSERT INTO changed_day (basis, day, changed_at)
    SELECT DISTINCT basis, date, %(at)s::timestamptz FROM differences, unnest(ARRAY[0, 1]) AS basis
    ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
),
forgotten AS (
    DELETE FROM import_change USING change WHERE import_change.id = change.id
)
SELECT (SELECT count(*) FROM change), EXISTS (SELECT FROM compared)
