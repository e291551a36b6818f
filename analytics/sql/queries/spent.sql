-- spent: the one row is what a campaign has cost in all its life, and the rate of its budget's currency as last known.
WITH latest AS (
    SELECT rate, day
    FROM currency_rate
    WHERE currency = %(currency)s AND day <= %(today)s
    ORDER BY day DESC
    LIMIT 1
)
SELECT
    coalesce(sum(cost.value), 0) AS spent,
    count(*) FILTER (WHERE cost.value IS NULL) AS unconverted,
    max(cost.date) AS last_cost_on,
    (SELECT rate FROM latest) AS rate,
    (SELECT day FROM latest) AS rate_day
FROM campaign_costs AS cost
WHERE cost.campaign_id = %(campaign)s
