-- One row is a rate of a day in the currency that the rebuild counts in: the kept ones; when that currency is another,
-- crossed with its own rate of the day, and the one kept until now.
INSERT INTO rebuild_rate (currency, day, rate)
WITH crossing AS (
    SELECT day, rate FROM currency_rate WHERE currency = %(currency)s AND %(currency)s <> %(kept)s
),
crossed AS (
    SELECT k.currency, k.day, k.rate / c.rate AS rate
    FROM currency_rate k
    CROSS JOIN LATERAL (SELECT rate FROM crossing WHERE day <= k.day ORDER BY day DESC LIMIT 1) c
    WHERE k.currency <> %(currency)s
    UNION ALL
    SELECT %(kept)s, day, 1 / rate FROM crossing
)
SELECT currency, day, rate FROM currency_rate WHERE %(currency)s = %(kept)s
UNION ALL
SELECT currency, day, rate FROM crossed
