-- One row is a conversion at work with the credit it has now: the campaign it names, else the contact's last human
-- click, else last human open, in the window up to it (ties: larger event id), else none.
-- A booked one keeps its credit unless a touch in its window is new or of another class.
INSERT INTO fold_credit
WITH conversions AS (
    SELECT
        contact_id, event_id, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value,
        campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, false AS fresh
    FROM fold_credit WHERE type = 7
    UNION ALL
    SELECT
        contact_id, event_id, occurred_at, campaign_id, message, order_key, amount, currency, value,
        0, '', NULL, NULL, NULL, NULL, false, true
    FROM fold_event WHERE fresh AND type = 7
),
timeline AS (
    SELECT contact_id, event_id, occurred_at, NULL::timestamptz AS changed_at FROM conversions
    UNION ALL
    SELECT contact_id, NULL, occurred_at, occurred_at FROM fold_event
    WHERE type IN (5, 6) AND machine IS DISTINCT FROM machine_before
),
followed AS (
    SELECT *, max(changed_at) OVER (PARTITION BY contact_id ORDER BY occurred_at) AS last_changed_at FROM timeline
),
moved AS (
    SELECT contact_id, event_id FROM followed
    WHERE event_id IS NOT NULL AND last_changed_at >= occurred_at - make_interval(days => %(window_days)s)
),
credited AS (
    SELECT
        c.*, c.fresh OR m.event_id IS NOT NULL AS open_again,
        t.campaign_id AS now_campaign_id, t.message AS now_message, t.type AS now_type, t.occurred_at AS now_at,
        t.event_id AS now_event_id
    FROM conversions c
    LEFT JOIN moved m ON m.contact_id = c.contact_id AND m.event_id = c.event_id
    LEFT JOIN LATERAL (
        SELECT campaign_id, message, type, occurred_at, event_id FROM event
        WHERE (c.fresh OR m.event_id IS NOT NULL) AND c.named_campaign_id = 0
            AND contact_id = c.contact_id AND type IN (5, 6) AND machine = 0
            AND occurred_at BETWEEN c.occurred_at - make_interval(days => %(window_days)s) AND c.occurred_at
        ORDER BY type DESC, occurred_at DESC, event_id DESC LIMIT 1
    ) t ON true
),
settled AS (
    SELECT
        contact_id, event_id, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value,
        CASE
            WHEN NOT open_again THEN campaign_id
            WHEN named_campaign_id <> 0 THEN named_campaign_id
            ELSE coalesce(now_campaign_id, 0)
        END AS campaign_id,
        CASE
            WHEN NOT open_again THEN message
            WHEN named_campaign_id <> 0 THEN named_message
            ELSE coalesce(now_message, '')
        END AS message,
        CASE WHEN open_again THEN now_type ELSE touch_type END AS touch_type,
        CASE WHEN open_again THEN now_at ELSE touch_at END AS touch_at,
        CASE WHEN open_again THEN now_event_id ELSE touch_event_id END AS touch_event_id
    FROM credited
)
SELECT
    contact_id, event_id, campaign_id, 7, occurred_at, message, named_campaign_id, named_message, order_key,
    touch_type, touch_at, touch_event_id, m.sent_at, coalesce(m.clicked, false), amount, currency, value, 1
FROM settled s
{{message_facts}}
