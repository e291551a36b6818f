-- unconverted: one row is the money of one kind (revenue, refunds, cost) and currency within the scope that has no
-- rate, and is therefore in no figure. It counts in the slot of the basis; each basis has an index by it. Only the first entries are looked at, so that asking stays cheap.
WITH credits AS (
    SELECT credit.type, credit.currency, credit.amount
    FROM campaign_attribution AS credit
    WHERE credit.value IS NULL
        AND credit.model = 0
        AND CASE WHEN %(basis)s = 0 THEN coalesce(credit.sent_at, credit.occurred_at) ELSE credit.occurred_at END
            >= %(start_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND CASE WHEN %(basis)s = 0 THEN coalesce(credit.sent_at, credit.occurred_at) ELSE credit.occurred_at END
            < %(end_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND (%(campaigns)s::integer[] IS NULL OR credit.campaign_id = ANY (%(campaigns)s::integer[]))
    LIMIT %(limit)s
), costs AS (
    SELECT spent.currency, spent.amount
    FROM campaign_costs AS spent
    WHERE spent.value IS NULL
        AND spent.date >= %(start_day)s
        AND spent.date < %(end_day)s
        AND (%(campaigns)s::integer[] IS NULL OR spent.campaign_id = ANY (%(campaigns)s::integer[]))
    LIMIT %(limit)s
)
SELECT
    CASE WHEN type = %(refunded)s THEN 'refunds' ELSE 'revenue' END AS kind,
    currency,
    sum(amount) AS amount,
    count(*) AS entries
FROM credits
GROUP BY kind, currency
UNION ALL
SELECT 'cost', currency, sum(amount), count(*)
FROM costs
GROUP BY currency
ORDER BY kind, currency
