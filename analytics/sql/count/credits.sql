-- One row is what the ledger rows at hand add to one measure of one campaign in one hour, on one date basis. The
-- definition of these measures, for the fold (before and after) and the check (all). A converter is the first time that
-- one contact converted for one message of one campaign; a click converter is one who also clicked it.
WITH credits AS (
    {{credits}}
),
firsts AS (
    SELECT
        sign, campaign_id, min(occurred_at) AS own_at, coalesce(min(sent_at), min(occurred_at)) AS send_at,
        bool_or(clicked) AS clicked
    FROM credits WHERE type = 7 GROUP BY sign, campaign_id, contact_id, message
),
counted AS (
    SELECT sign, campaign_id, occurred_at AS own_at, coalesce(sent_at, occurred_at) AS send_at, part.measure, part.amount
    FROM credits
    CROSS JOIN LATERAL (
        VALUES
            (7, 'conversions', 1::numeric), (7, 'revenue', value), (8, 'refunds', value)
    ) AS part (type, measure, amount)
    WHERE part.type = credits.type AND part.amount IS NOT NULL
    UNION ALL
    SELECT sign, campaign_id, own_at, send_at, 'converters', 1 FROM firsts
    UNION ALL
    SELECT sign, campaign_id, own_at, send_at, 'click_converters', 1 FROM firsts WHERE clicked
),
quarters AS ( -- hours of every zone begin on a quarter of an hour, which costs less to find than an hour of a zone
    SELECT slot.basis, campaign_id, date_bin('15 minutes', slot.at, 'epoch') AS quarter, measure, sum(sign * amount) AS amount
    FROM counted
    CROSS JOIN LATERAL (VALUES (0::smallint, send_at), (1::smallint, own_at)) AS slot (basis, at)
    GROUP BY 1, 2, 3, 4
)
SELECT basis, campaign_id, date_trunc('hour', quarter, %(zone)s) AS hour, measure, sum(amount)::numeric AS amount
FROM quarters
GROUP BY 1, 2, 3, 4
HAVING sum(amount) <> 0
