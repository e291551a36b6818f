-- One row is a conversion at work with the credit it has now: the campaign it names, else the contact's last human
-- click, else last human open, in the window up to it (ties: larger event id), else none.
INSERT INTO fold_credit
WITH conversions AS (
    SELECT contact_id, event_id, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value
    FROM fold_credit WHERE type = 7
    UNION ALL
    SELECT contact_id, event_id, occurred_at, campaign_id, message, order_key, amount, currency, value
    FROM fold_event WHERE fresh AND type = 7
),
credited AS (
    SELECT
        c.*,
        CASE WHEN named_campaign_id <> 0 THEN named_campaign_id ELSE coalesce(k.campaign_id, o.campaign_id, 0) END
            AS campaign_id,
        CASE WHEN named_campaign_id <> 0 THEN named_message ELSE coalesce(k.message, o.message, '') END AS message,
        coalesce(k.type, o.type) AS touch_type, coalesce(k.touch_at, o.touch_at) AS touch_at,
        coalesce(k.touch_event_id, o.touch_event_id) AS touch_event_id
    FROM conversions c
    LEFT JOIN LATERAL (
        SELECT campaign_id, message, type, occurred_at AS touch_at, event_id AS touch_event_id FROM event
        WHERE c.named_campaign_id = 0 AND contact_id = c.contact_id AND type = 6 AND machine = 0
            AND occurred_at BETWEEN c.occurred_at - make_interval(days => %(window_days)s) AND c.occurred_at
        ORDER BY occurred_at DESC, event_id DESC LIMIT 1
    ) k ON true
    LEFT JOIN LATERAL (
        SELECT campaign_id, message, type, occurred_at AS touch_at, event_id AS touch_event_id FROM event
        WHERE c.named_campaign_id = 0 AND k.type IS NULL AND contact_id = c.contact_id AND type = 5 AND machine = 0
            AND occurred_at BETWEEN c.occurred_at - make_interval(days => %(window_days)s) AND c.occurred_at
        ORDER BY occurred_at DESC, event_id DESC LIMIT 1
    ) o ON true
)
SELECT
    s.contact_id, event_id, s.campaign_id, 7, occurred_at, s.message, named_campaign_id, named_message, order_key,
    touch_type, touch_at, touch_event_id, m.sent_at, m.clicked, amount, currency, value, 1
FROM credited s
{{message_facts}}
