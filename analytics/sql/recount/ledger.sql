-- One row is the last-touch credit of a conversion or refund as it should be, from `event` alone: see
-- fold/credit_conversions.sql and fold/credit_refunds.sql, which say the same for the contacts of one fold.
CREATE TEMPORARY TABLE recount_ledger ON COMMIT DROP AS
WITH messages AS (
    SELECT
        contact_id, campaign_id, message, min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
        bool_or(type = 6 AND machine = 0) AS clicked
    FROM event WHERE type IN (1, 6) AND campaign_id <> 0 GROUP BY 1, 2, 3
),
conversions AS (
    SELECT DISTINCT ON (c.contact_id, c.event_id)
        c.*,
        CASE WHEN c.campaign_id <> 0 THEN c.campaign_id ELSE coalesce(t.campaign_id, 0) END AS credited_id,
        CASE WHEN c.campaign_id <> 0 THEN c.message ELSE coalesce(t.message, '') END AS credited_message,
        t.type AS touch_type, t.occurred_at AS touch_at, t.event_id AS touch_event_id
    FROM event c
    LEFT JOIN event t ON c.campaign_id = 0 AND t.contact_id = c.contact_id AND t.type IN (5, 6) AND t.machine = 0
        AND t.occurred_at BETWEEN c.occurred_at - make_interval(days => %(window_days)s) AND c.occurred_at
    WHERE c.type = 7
    ORDER BY c.contact_id, c.event_id, t.type DESC, t.occurred_at DESC, t.event_id DESC
),
refunds AS (
    SELECT DISTINCT ON (r.contact_id, r.event_id)
        r.*, coalesce(c.credited_id, r.campaign_id) AS credited_id,
        coalesce(c.credited_message, r.message) AS credited_message
    FROM event r
    LEFT JOIN conversions c ON c.contact_id = r.contact_id
        AND CASE
            WHEN r.order_key IS NOT NULL THEN c.order_key = r.order_key
            ELSE r.campaign_id = 0 AND c.occurred_at <= r.occurred_at
        END
    WHERE r.type = 8
    ORDER BY
        r.contact_id, r.event_id,
        CASE WHEN r.order_key IS NOT NULL THEN c.occurred_at END,
        CASE WHEN r.order_key IS NOT NULL THEN c.event_id END,
        c.occurred_at DESC, c.event_id DESC
),
credits AS (
    SELECT
        contact_id, event_id, type, occurred_at, campaign_id AS named_campaign_id, message AS named_message, order_key,
        amount, currency, value, credited_id AS campaign_id, credited_message AS message, touch_type, touch_at,
        touch_event_id
    FROM conversions
    UNION ALL
    SELECT
        contact_id, event_id, type, occurred_at, campaign_id, message, order_key, amount, currency, value,
        credited_id, credited_message, NULL, NULL, NULL
    FROM refunds
)
SELECT c.*, m.sent_at, coalesce(m.clicked, false) AS clicked
FROM credits c LEFT JOIN messages m USING (contact_id, campaign_id, message)
