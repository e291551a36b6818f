-- One row is what a contact did with one message of one campaign, for whoever opened, clicked or left; the definition,
-- for the fold (sign 1 alone) and the check.
SELECT
    campaign_id, contact_id, message,
    min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
    min(occurred_at) FILTER (WHERE type IN (5, 6) AND machine = 0) AS first_open_at,
    min(occurred_at) FILTER (WHERE type = 6 AND machine = 0) AS first_click_at,
    min(occurred_at) FILTER (WHERE type IN (3, 4)) AS bounced_at,
    min(occurred_at) FILTER (WHERE type = 9) AS unsubscribed_at,
    min(occurred_at) FILTER (WHERE type = 10) AS complained_at,
    count(*) FILTER (WHERE type = 5 AND machine = 0) AS opens,
    count(*) FILTER (WHERE type = 6 AND machine = 0) AS clicks,
    count(*) FILTER (WHERE type = 5 AND machine <> 0) AS machine_opens,
    count(*) FILTER (WHERE type = 6 AND machine <> 0) AS machine_clicks
FROM ({{events}}) events
WHERE sign = 1 AND campaign_id <> 0
GROUP BY 1, 2, 3
HAVING count(*) FILTER (WHERE type IN (3, 4, 5, 6, 9, 10)) > 0
