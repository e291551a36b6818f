-- One row is a refund at work with the credit it has now: that of the conversion with its order; without an order the
-- campaign it names, else that of the contact's latest conversion before it; else none.
INSERT INTO fold_credit
WITH refunds AS (
    SELECT contact_id, event_id, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value
    FROM fold_credit WHERE type = 8 AND version = -1
    UNION ALL
    SELECT contact_id, event_id, occurred_at, campaign_id, message, order_key, amount, currency, value
    FROM fold_event WHERE fresh AND type = 8
),
matched AS (
    SELECT DISTINCT ON (r.contact_id, r.event_id)
        r.*, c.event_id IS NOT NULL AS found,
        coalesce(c.campaign_id, r.named_campaign_id) AS campaign_id, coalesce(c.message, r.named_message) AS message
    FROM refunds r
    LEFT JOIN fold_credit c ON c.version = 1 AND c.type = 7 AND c.contact_id = r.contact_id
        AND CASE
            WHEN r.order_key IS NOT NULL THEN c.order_key = r.order_key
            ELSE r.named_campaign_id = 0 AND c.occurred_at <= r.occurred_at
        END
    ORDER BY
        r.contact_id, r.event_id,
        CASE WHEN r.order_key IS NOT NULL THEN c.occurred_at END,
        CASE WHEN r.order_key IS NOT NULL THEN c.event_id END,
        c.occurred_at DESC, c.event_id DESC
)
SELECT
    contact_id, event_id, campaign_id, 8, occurred_at, message, named_campaign_id, named_message, order_key,
    NULL, NULL, NULL, m.sent_at, coalesce(m.clicked, false), amount, currency, value, 1
FROM matched s
{{message_facts}}
