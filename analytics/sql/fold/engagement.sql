INSERT INTO engagement (
    campaign_id, contact_id, message, sent_at, delivered_at, first_open_at, first_click_at, bounced_at, unsubscribed_at,
    complained_at, opens, clicks, machine_opens, machine_clicks, impressions
)
{{engagements}}
ON CONFLICT (campaign_id, contact_id, message) DO UPDATE SET
    sent_at = excluded.sent_at, delivered_at = excluded.delivered_at, first_open_at = excluded.first_open_at,
    first_click_at = excluded.first_click_at, bounced_at = excluded.bounced_at,
    unsubscribed_at = excluded.unsubscribed_at, complained_at = excluded.complained_at,
    opens = engagement.opens + excluded.opens, clicks = engagement.clicks + excluded.clicks,
    machine_opens = engagement.machine_opens + excluded.machine_opens,
    machine_clicks = engagement.machine_clicks + excluded.machine_clicks,
    impressions = engagement.impressions + excluded.impressions
