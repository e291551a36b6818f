-- One row is what a contact did with one message of one campaign, for whoever was shown it, opened, clicked or left: when
-- first, and how often more than before. The definition, for the fold (before and after) and the check (all, hence how
-- often).
SELECT
    campaign_id, contact_id, message,
    min(sent_at) FILTER (WHERE sign = 1) AS sent_at, min(delivered_at) FILTER (WHERE sign = 1) AS delivered_at,
    min(first_open_at) FILTER (WHERE sign = 1) AS first_open_at,
    min(first_click_at) FILTER (WHERE sign = 1) AS first_click_at, min(bounced_at) FILTER (WHERE sign = 1) AS bounced_at,
    min(unsubscribed_at) FILTER (WHERE sign = 1) AS unsubscribed_at,
    min(complained_at) FILTER (WHERE sign = 1) AS complained_at,
    sum(sign * opens) AS opens, sum(sign * clicks) AS clicks, sum(sign * machine_opens) AS machine_opens,
    sum(sign * machine_clicks) AS machine_clicks, sum(sign * impressions) AS impressions
FROM ({{messages}}) messages
WHERE campaign_id <> 0 AND acted
GROUP BY 1, 2, 3
