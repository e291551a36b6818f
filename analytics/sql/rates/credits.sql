-- One row is a ledger row whose value changed, as booked (version -1) and as its event says now (version 1).
INSERT INTO fold_credit
SELECT
    a.contact_id, a.event_id, a.campaign_id, a.type, a.occurred_at, a.message, a.named_campaign_id, a.named_message,
    a.order_key, a.touch_type, a.touch_at, a.touch_event_id, a.sent_at, a.clicked, a.amount, a.currency, v.value, v.version
FROM campaign_attribution a
JOIN event e ON e.contact_id = a.contact_id AND e.campaign_id = a.named_campaign_id AND e.message = a.named_message
    AND e.occurred_at = a.occurred_at
    AND e.event_id = a.event_id
CROSS JOIN LATERAL (VALUES (-1, a.value), (1, e.value)) AS v (version, value)
WHERE a.model = 0 AND a.value IS DISTINCT FROM e.value
    AND a.occurred_at >= coalesce(%(since)s::date::timestamp AT TIME ZONE %(zone)s, '-infinity')
    AND a.occurred_at < coalesce(%(until)s::date::timestamp AT TIME ZONE %(zone)s, 'infinity')
