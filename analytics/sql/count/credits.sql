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
)
SELECT
    slot.basis::smallint AS basis, campaign_id, date_trunc('hour', slot.at, %(zone)s) AS hour, measure,
    sum(sign * amount) AS amount
FROM counted
CROSS JOIN LATERAL (VALUES (0, send_at), (1, own_at)) AS slot (basis, at)
GROUP BY 1, 2, 3, 4
HAVING sum(sign * amount) <> 0
