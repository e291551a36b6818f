-- One row is what the events at hand add to one measure of one campaign in one hour, on one date basis (0 send, 1 event
-- date). This is the definition of these measures; the fold feeds it the events it touched, before (sign -1) and after
-- (sign 1), and the check feeds it all of them. Uniques are first times per (campaign, contact, message); a human click
-- implies an open.
WITH events AS (
    {{events}}
),
messages AS (
    SELECT
        sign, contact_id, campaign_id, message,
        min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
        min(occurred_at) FILTER (WHERE type IN (5, 6) AND machine = 0) AS opened_at,
        min(occurred_at) FILTER (WHERE type = 6 AND machine = 0) AS clicked_at,
        count(*) FILTER (WHERE type = 5 AND machine = 0) AS opens,
        min(occurred_at) FILTER (WHERE type IN (3, 4)) AS bounced_at,
        min(occurred_at) FILTER (WHERE type = 9) AS unsubscribed_at,
        min(occurred_at) FILTER (WHERE type = 10) AS complained_at
    FROM events GROUP BY 1, 2, 3, 4
),
counted AS (
    SELECT
        sign, campaign_id, occurred_at AS own_at, coalesce(sent_at, occurred_at) AS send_at,
        CASE type
            WHEN 1 THEN 'sends'
            WHEN 2 THEN 'delivered'
            WHEN 5 THEN CASE machine WHEN 0 THEN 'opens' ELSE 'machine_opens' END
            WHEN 6 THEN CASE machine WHEN 0 THEN 'clicks' ELSE 'machine_clicks' END
            WHEN 11 THEN 'impressions'
        END AS measure
    FROM events JOIN messages USING (sign, contact_id, campaign_id, message)
    WHERE type IN (1, 2, 5, 6, 11)
    UNION ALL
    SELECT sign, campaign_id, first.at, coalesce(sent_at, first.at), first.measure
    FROM messages
    CROSS JOIN LATERAL (
        VALUES
            ('opens', CASE WHEN opens = 0 THEN clicked_at END), -- the implied one
            ('unique_opens', opened_at),
            ('unique_clicks', clicked_at),
            ('bounces', bounced_at),
            ('unsubscribes', unsubscribed_at),
            ('complaints', complained_at)
    ) AS first (measure, at)
    WHERE first.at IS NOT NULL
),
quarters AS ( -- hours of every zone begin on a quarter of an hour, which costs less to find than an hour of a zone
    SELECT slot.basis, campaign_id, date_bin('15 minutes', slot.at, 'epoch') AS quarter, measure, sum(sign) AS amount
    FROM counted
    CROSS JOIN LATERAL (VALUES (0::smallint, send_at), (1::smallint, own_at)) AS slot (basis, at)
    GROUP BY 1, 2, 3, 4
)
SELECT basis, campaign_id, date_trunc('hour', quarter, %(zone)s) AS hour, measure, sum(amount)::numeric AS amount
FROM quarters
GROUP BY 1, 2, 3, 4
HAVING sum(amount) <> 0
