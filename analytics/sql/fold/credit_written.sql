-- One row is the last-touch credit of a conversion or refund, as it is now; what did not change is left alone.
INSERT INTO campaign_attribution AS kept (
    contact_id, occurred_at, event_id, touch_at, touch_event_id, sent_at, order_key, campaign_id, named_campaign_id,
    type, touch_type, clicked, message, named_message, currency, amount, value
)
SELECT
    contact_id, occurred_at, event_id, touch_at, touch_event_id, sent_at, order_key, campaign_id, named_campaign_id,
    type, touch_type, clicked, message, named_message, currency, amount, value
FROM fold_credit WHERE version = 1
ON CONFLICT (contact_id, event_id) WHERE model = 0 DO UPDATE SET
    campaign_id = excluded.campaign_id, message = excluded.message, touch_type = excluded.touch_type,
    touch_at = excluded.touch_at, touch_event_id = excluded.touch_event_id, sent_at = excluded.sent_at,
    clicked = excluded.clicked, value = excluded.value
WHERE (
    kept.campaign_id, kept.message, kept.touch_type, kept.touch_at, kept.touch_event_id, kept.sent_at, kept.clicked,
    kept.value
) IS DISTINCT FROM (
    excluded.campaign_id, excluded.message, excluded.touch_type, excluded.touch_at, excluded.touch_event_id,
    excluded.sent_at, excluded.clicked, excluded.value
)
