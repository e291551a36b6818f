-- One row is the last-touch credit of a conversion or refund as it should be, from the events at work alone: see
-- fold/credit_conversions.sql and fold/credit_refunds.sql, which say the same for the contacts of one fold. Here every
-- look-up is a sort: a contact may have any number of events.
INSERT INTO recount_ledger
WITH messages AS (
    SELECT
        contact_id, campaign_id, message, min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
        bool_or(type = 6 AND machine_kept = 0) AS clicked
    FROM recount_event WHERE type IN (1, 6) AND campaign_id <> 0 GROUP BY 1, 2, 3
),
touches AS (
    SELECT *, row_number() OVER (PARTITION BY contact_id ORDER BY occurred_at, event_id) AS place
    FROM recount_event WHERE type IN (5, 6) AND machine_kept = 0
),
seen AS ( -- what a contact touched last up to each of its moments; the frame takes in touches of the same moment
    SELECT
        contact_id, event_id, type, occurred_at, max(place) FILTER (WHERE type = 6) OVER past AS click,
        max(place) FILTER (WHERE type = 5) OVER past AS open
    FROM (
        SELECT contact_id, event_id, type, occurred_at, place FROM touches
        UNION ALL
        SELECT contact_id, event_id, type, occurred_at, NULL FROM recount_event WHERE type = 7 AND campaign_id = 0
    ) timeline
    WINDOW past AS (PARTITION BY contact_id ORDER BY occurred_at)
),
credited AS (
    SELECT
        s.contact_id, s.event_id, coalesce(k.type, o.type) AS type, coalesce(k.occurred_at, o.occurred_at) AS occurred_at,
        coalesce(k.event_id, o.event_id) AS touch_event_id, coalesce(k.campaign_id, o.campaign_id) AS campaign_id,
        coalesce(k.message, o.message) AS message
    FROM seen s
    LEFT JOIN touches k ON k.contact_id = s.contact_id AND k.place = s.click
        AND k.occurred_at >= s.occurred_at - make_interval(days => %(window_days)s)
    LEFT JOIN touches o ON o.contact_id = s.contact_id AND o.place = s.open
        AND o.occurred_at >= s.occurred_at - make_interval(days => %(window_days)s)
    WHERE s.type = 7
),
conversions AS (
    SELECT
        c.*, CASE WHEN c.campaign_id <> 0 THEN c.campaign_id ELSE coalesce(t.campaign_id, 0) END AS credited_id,
        CASE WHEN c.campaign_id <> 0 THEN c.message ELSE coalesce(t.message, '') END AS credited_message,
        t.type AS touch_type, t.occurred_at AS touch_at, t.touch_event_id,
        row_number() OVER (PARTITION BY c.contact_id ORDER BY c.occurred_at, c.event_id) AS place
    FROM recount_event c LEFT JOIN credited t USING (contact_id, event_id)
    WHERE c.type = 7
),
orders AS (
    SELECT DISTINCT ON (contact_id, order_key) contact_id, order_key, place
    FROM conversions WHERE order_key IS NOT NULL ORDER BY contact_id, order_key, place
),
latest AS ( -- the conversion before each refund that names neither order nor campaign
    SELECT contact_id, event_id, type, max(place) OVER (PARTITION BY contact_id ORDER BY occurred_at) AS place
    FROM (
        SELECT contact_id, event_id, type, occurred_at, place FROM conversions
        UNION ALL
        SELECT contact_id, event_id, type, occurred_at, NULL FROM recount_event
        WHERE type = 8 AND order_key IS NULL AND campaign_id = 0
    ) timeline
),
refunds AS (
    SELECT
        r.*, coalesce(c.credited_id, r.campaign_id) AS credited_id,
        coalesce(c.credited_message, r.message) AS credited_message
    FROM recount_event r
    LEFT JOIN orders o ON o.contact_id = r.contact_id AND o.order_key = r.order_key
    LEFT JOIN latest l ON l.contact_id = r.contact_id AND l.event_id = r.event_id AND l.type = 8
    LEFT JOIN conversions c ON c.contact_id = r.contact_id AND c.place = coalesce(o.place, l.place)
    WHERE r.type = 8
),
credits AS (
    SELECT
        contact_id, event_id, type, occurred_at, campaign_id AS named_campaign_id, message AS named_message, order_key,
        amount, currency, worth AS value, value AS value_kept, credited_id AS campaign_id, credited_message AS message,
        touch_type, touch_at, touch_event_id
    FROM conversions
    UNION ALL
    SELECT
        contact_id, event_id, type, occurred_at, campaign_id, message, order_key, amount, currency, worth, value,
        credited_id, credited_message, NULL, NULL, NULL
    FROM refunds
)
SELECT
    contact_id, c.event_id, c.type, c.occurred_at, c.named_campaign_id, c.named_message, c.order_key, c.amount,
    c.currency, c.value, campaign_id, message, c.touch_type, c.touch_at, c.touch_event_id, m.sent_at,
    coalesce(m.clicked, false), c.value_kept
FROM credits c LEFT JOIN messages m USING (contact_id, campaign_id, message)
