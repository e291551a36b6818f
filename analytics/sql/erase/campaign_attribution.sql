-- One row is a share of a conversion or refund, of nobody's.
INSERT INTO campaign_attribution (
    contact_id, occurred_at, event_id, touch_at, touch_event_id, sent_at, order_key, campaign_id, named_campaign_id, model,
    type, touch_type, clicked, message, named_message, currency, weight, amount, value
)
SELECT
    %(nobody)s, occurred_at, id.new, touch_at, touch.new, sent_at, orders.new, campaign_id, named_campaign_id, model,
    type, touch_type, clicked, coalesce(message.new, ''), coalesce(named.new, ''), currency, weight, amount, value
FROM erased_credit c
JOIN erased_id id ON id.old = c.event_id
LEFT JOIN erased_id touch ON touch.old = c.touch_event_id
LEFT JOIN erased_number orders ON orders.old = c.order_key
LEFT JOIN erased_message message ON message.old = c.message
LEFT JOIN erased_message named ON named.old = c.named_message
