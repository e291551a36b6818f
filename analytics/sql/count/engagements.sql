-- One row is what a contact did with one message of one campaign, for whoever opened, clicked or left; the definition,
-- for the fold and the check.
SELECT
    campaign_id, contact_id, message, sent_at, first_open_at, first_click_at, bounced_at, unsubscribed_at,
    complained_at, opens, clicks, machine_opens, machine_clicks
FROM ({{messages}}) messages
WHERE sign = 1 AND campaign_id <> 0 AND acted
