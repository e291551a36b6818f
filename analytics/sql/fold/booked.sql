contact_id, event_id, campaign_id, type, occurred_at, message, named_campaign_id, named_message, order_key, touch_type,
touch_at, touch_event_id, sent_at, clicked, amount, currency, value
