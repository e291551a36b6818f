-- One row is what nobody did with a message of a campaign.
INSERT INTO engagement (
    contact_id, sent_at, delivered_at, first_open_at, first_click_at, bounced_at, unsubscribed_at, complained_at,
    first_converted_at, campaign_id, opens, clicks, machine_opens, machine_clicks, impressions, conversions, message
)
SELECT
    %(nobody)s, sent_at, delivered_at, first_open_at, first_click_at, bounced_at, unsubscribed_at, complained_at,
    first_converted_at, campaign_id, opens, clicks, machine_opens, machine_clicks, impressions, conversions,
    coalesce(new, '')
FROM erased_engagement LEFT JOIN erased_message ON old = message
