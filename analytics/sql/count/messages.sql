-- One row is what a contact did with one message of one campaign, for the events at hand: as it was (sign -1) and as it
-- is (sign 1). Everything that is counted once per message stands on it.
SELECT
    sign, contact_id, campaign_id, message,
    min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
    min(occurred_at) FILTER (WHERE type = 2) AS delivered_at,
    min(occurred_at) FILTER (WHERE type IN (5, 6) AND machine = 0) AS first_open_at,
    min(occurred_at) FILTER (WHERE type = 6 AND machine = 0) AS first_click_at,
    min(occurred_at) FILTER (WHERE type IN (3, 4)) AS bounced_at,
    min(occurred_at) FILTER (WHERE type = 9) AS unsubscribed_at,
    min(occurred_at) FILTER (WHERE type = 10) AS complained_at,
    count(*) FILTER (WHERE type = 5 AND machine = 0) AS opens,
    count(*) FILTER (WHERE type = 6 AND machine = 0) AS clicks,
    count(*) FILTER (WHERE type = 5 AND machine <> 0) AS machine_opens,
    count(*) FILTER (WHERE type = 6 AND machine <> 0) AS machine_clicks,
    count(*) FILTER (WHERE type = 11) AS impressions,
    bool_or(type IN (3, 4, 5, 6, 9, 10, 11)) AS acted
FROM ({{events}}) events
GROUP BY sign, contact_id, campaign_id, message
