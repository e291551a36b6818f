-- Sets the value of each cost row by the rate of its day and moves the totals of its day, on both bases.
WITH valued AS (
    SELECT
        c.id, c.campaign_id, c.date, c.value AS old,
        CASE
            WHEN c.currency = %(currency)s THEN round(c.amount, 9)
            WHEN abs(c.amount * r.rate) < 1e15 - 1 THEN round(c.amount * r.rate, 9)
        END AS new
    FROM campaign_costs c
    LEFT JOIN LATERAL (
        SELECT rate FROM currency_rate WHERE currency = c.currency AND day <= c.date ORDER BY day DESC LIMIT 1
    ) r ON true
    WHERE (%(currencies)s::text[] IS NULL OR c.currency = ANY(%(currencies)s::text[]))
        AND c.date >= coalesce(%(since)s::date, '-infinity') AND c.date < coalesce(%(until)s::date, 'infinity')
),
changed AS (
    SELECT * FROM valued WHERE old IS DISTINCT FROM new
),
written AS (
    UPDATE campaign_costs c SET value = changed.new FROM changed WHERE c.id = changed.id
),
noted AS (
    INSERT INTO changed_day (basis, day, changed_at)
    SELECT DISTINCT basis, date, %(at)s::timestamptz FROM changed CROSS JOIN (VALUES (0), (1)) AS bases (basis)
    ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
)
UPDATE campaign_daily d SET cost = d.cost + moved.amount
FROM (
    SELECT campaign_id, date, sum(coalesce(new, 0) - coalesce(old, 0)) AS amount FROM changed GROUP BY 1, 2
) moved
WHERE d.campaign_id = moved.campaign_id AND d.day = moved.date
