-- One row is an engagement row as it should be: what was done, and what was credited.
INSERT INTO recount_engagement
WITH done AS (
    {{engagements}}
),
converted AS (
    SELECT
        campaign_id, contact_id, message, min(sent_at) AS sent_at, min(occurred_at) AS first_converted_at,
        count(*) AS conversions
    FROM recount_ledger
    WHERE contact_id BETWEEN %(first)s AND %(last)s AND type = 7 AND campaign_id <> 0 GROUP BY 1, 2, 3
)
SELECT
    campaign_id, contact_id, message, coalesce(d.sent_at, c.sent_at) AS sent_at, d.delivered_at, d.first_open_at, d.first_click_at,
    d.bounced_at, d.unsubscribed_at, d.complained_at, c.first_converted_at, coalesce(d.opens, 0)::integer AS opens,
    coalesce(d.clicks, 0)::integer AS clicks, coalesce(d.machine_opens, 0)::integer AS machine_opens,
    coalesce(d.machine_clicks, 0)::integer AS machine_clicks, coalesce(d.impressions, 0)::integer AS impressions,
    coalesce(c.conversions, 0)::integer AS conversions
FROM done d FULL JOIN converted c USING (campaign_id, contact_id, message)
