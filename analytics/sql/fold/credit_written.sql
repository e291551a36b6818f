-- One row is the last-touch credit of a conversion or refund, written where there is none (any more).
INSERT INTO campaign_attribution (
    contact_id, occurred_at, event_id, touch_at, touch_event_id, sent_at, order_key, campaign_id, named_campaign_id,
    type, touch_type, clicked, message, named_message, currency, amount, value
)
SELECT
    contact_id, occurred_at, event_id, touch_at, touch_event_id, sent_at, order_key, campaign_id, named_campaign_id,
    type, touch_type, clicked, message, named_message, currency, amount, value
FROM fold_credit WHERE version = 1
ON CONFLICT DO NOTHING
