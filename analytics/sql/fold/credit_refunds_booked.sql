-- One row is a booked refund whose credit may be another now: that of a conversion at work, by its order or, without
-- one and naming no campaign, as the latest before it. The ledger holds the conversions as they are now. By order is
-- looked up as in fold/credit_refunds.sql.
INSERT INTO fold_credit
SELECT a.*, -1
FROM (
    SELECT DISTINCT contact_id, order_key FROM fold_credit WHERE type = 7 AND order_key IS NOT NULL
) c
CROSS JOIN LATERAL (
    SELECT {{booked}}
    FROM campaign_attribution
    WHERE (order_key, contact_id) BETWEEN (c.order_key, c.contact_id) AND (c.order_key, c.contact_id)
        AND order_key IS NOT NULL AND type = 8 AND model = 0
        AND (contact_id, event_id) NOT IN (SELECT contact_id, event_id FROM fold_credit WHERE type = 8)
    OFFSET 0
) a
UNION
SELECT a.*, -1
FROM (
    SELECT DISTINCT contact_id, occurred_at FROM fold_credit WHERE type = 7
) c
LEFT JOIN LATERAL (
    SELECT occurred_at FROM campaign_attribution
    WHERE contact_id = c.contact_id AND type = 7 AND model = 0 AND occurred_at > c.occurred_at
    ORDER BY occurred_at LIMIT 1
) following ON true
CROSS JOIN LATERAL (
    SELECT {{booked}}
    FROM campaign_attribution
    WHERE contact_id = c.contact_id AND type = 8 AND model = 0 AND order_key IS NULL AND named_campaign_id = 0
        AND occurred_at >= c.occurred_at AND occurred_at < coalesce(following.occurred_at, 'infinity')
        AND (contact_id, event_id) NOT IN (SELECT contact_id, event_id FROM fold_credit WHERE type = 8)
    OFFSET 0
) a
