-- One row is what the events at hand add to one measure of one campaign in one hour, on one date basis (0 send, 1 event
-- date). This is the definition of these measures; the fold feeds it the events it touched, before (sign -1) and after
-- (sign 1), and the check feeds it all of them. Uniques are first times per (campaign, contact, message); a human click
-- implies an open.
WITH messages AS (
    {{messages}}
),
counted AS (
    SELECT
        campaign_id, date_bin('15 minutes', occurred_at, 'epoch') AS own_quarter,
        date_bin('15 minutes', coalesce(sent_at, occurred_at), 'epoch') AS send_quarter, type, machine <> 0 AS by_machine,
        sum(sign) AS amount
    FROM ({{events}}) events JOIN messages USING (sign, contact_id, campaign_id, message)
    WHERE type IN (1, 2, 5, 6, 11)
    GROUP BY 1, 2, 3, 4, 5
),
quarters AS ( -- hours of every zone begin on a quarter of an hour, which costs less to find than an hour of a zone
    SELECT
        campaign_id, own_quarter, send_quarter, amount,
        CASE type
            WHEN 1 THEN 'sends'
            WHEN 2 THEN 'delivered'
            WHEN 5 THEN CASE WHEN by_machine THEN 'machine_opens' ELSE 'opens' END
            WHEN 6 THEN CASE WHEN by_machine THEN 'machine_clicks' ELSE 'clicks' END
            WHEN 11 THEN 'impressions'
        END AS measure
    FROM counted WHERE amount <> 0
    UNION ALL
    SELECT
        campaign_id, date_bin('15 minutes', first.at, 'epoch'),
        date_bin('15 minutes', coalesce(sent_at, first.at), 'epoch'), sign, first.measure
    FROM messages
    CROSS JOIN LATERAL (
        VALUES
            ('opens', CASE WHEN opens = 0 THEN first_click_at END), -- the implied one
            ('unique_opens', first_open_at),
            ('unique_clicks', first_click_at),
            ('bounces', bounced_at),
            ('unsubscribes', unsubscribed_at),
            ('complaints', complained_at)
    ) AS first (measure, at)
    WHERE acted AND first.at IS NOT NULL
)
SELECT
    slot.basis, campaign_id, date_trunc('hour', slot.quarter, %(zone)s) AS hour, measure, sum(amount)::numeric AS amount
FROM quarters
CROSS JOIN LATERAL (VALUES (0::smallint, send_quarter), (1::smallint, own_quarter)) AS slot (basis, quarter)
GROUP BY 1, 2, 3, 4
HAVING sum(amount) <> 0
