-- One row is a refund at work with the credit it has now: that of the conversion with its order; without an order the
-- campaign it names, else that of the contact's latest conversion before it; else none.
-- By order is looked up with one comparison of the pair, which campaign_attribution_order alone can answer:
-- by two, the planner may look through all that the contact has.
INSERT INTO fold_credit
WITH refunds AS (
    SELECT contact_id, event_id, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value
    FROM fold_credit WHERE type = 8
    UNION ALL
    SELECT contact_id, event_id, occurred_at, campaign_id, message, order_key, amount, currency, value
    FROM fold_event WHERE fresh AND type = 8
),
matched AS (
    SELECT
        r.*, coalesce(o.campaign_id, l.campaign_id, r.named_campaign_id) AS campaign_id,
        coalesce(o.message, l.message, r.named_message) AS message
    FROM refunds r
    LEFT JOIN LATERAL (
        SELECT campaign_id, message
        FROM (
            SELECT * FROM campaign_attribution
            WHERE (order_key, contact_id) BETWEEN (r.order_key, r.contact_id) AND (r.order_key, r.contact_id)
                AND order_key IS NOT NULL AND type = 7 AND model = 0
            OFFSET 0
        ) of_order
        ORDER BY occurred_at, event_id LIMIT 1
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT campaign_id, message FROM campaign_attribution
        WHERE r.order_key IS NULL AND r.named_campaign_id = 0 AND contact_id = r.contact_id AND type = 7 AND model = 0
            AND occurred_at <= r.occurred_at
        ORDER BY occurred_at DESC, event_id DESC LIMIT 1
    ) l ON true
)
SELECT
    s.contact_id, event_id, s.campaign_id, 8, occurred_at, s.message, named_campaign_id, named_message, order_key,
    NULL, NULL, NULL, m.sent_at, m.clicked, amount, currency, value, 1
FROM matched s
{{message_facts}}
