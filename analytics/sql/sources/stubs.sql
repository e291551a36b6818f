-- One row is a campaign that only its events told of, the newest first: the first and the last day it has something on by
-- the date of events, and its counts.
SELECT
    c.id, c.external_id, c.name, c.channel, c.created_at, d.*
FROM (SELECT * FROM campaign WHERE is_stub ORDER BY created_at DESC, id DESC LIMIT %(most)s) c
LEFT JOIN LATERAL (
    SELECT
        min(day) AS first_day, max(day) AS last_day, sum(sends)::bigint AS sends, sum(delivered)::bigint AS delivered,
        sum(bounces)::bigint AS bounces, sum(opens + machine_opens)::bigint AS opens,
        sum(clicks + machine_clicks)::bigint AS clicks, sum(unsubscribes)::bigint AS unsubscribes,
        sum(complaints)::bigint AS complaints, sum(impressions)::bigint AS impressions,
        sum(conversions)::bigint AS conversions
    FROM campaign_daily WHERE basis = %(basis)s AND campaign_id = c.id
) d ON true
ORDER BY c.created_at DESC, c.id DESC
