-- One row stands for what is kept of a message read in brief: its first send, delivery, human open, human click, bounce,
-- unsubscription and complaint. Counted before and after alike, they add nothing and say what comes first. No open stands
-- where all human ones are at work themselves: whether one is left shows only on them then.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version, flagged, message,
    machine_before, fresh, settled
)
WITH at_work AS (
    SELECT contact_id, campaign_id, message, count(*) AS opens
    FROM fold_event WHERE NOT fresh AND NOT settled AND type = 5 AND machine_before = 0 GROUP BY 1, 2, 3
)
SELECT
    e.contact_id, first.at, first.at, gen_random_uuid(), e.campaign_id, 0, first.type, 0, 0, false, e.message, 0, false, true
FROM fold_large l
LEFT JOIN at_work w USING (contact_id, campaign_id, message)
CROSS JOIN LATERAL (
    SELECT * FROM engagement
    WHERE campaign_id = l.campaign_id AND contact_id = l.contact_id AND message = l.message OFFSET 0
) e
CROSS JOIN LATERAL (
    VALUES
        (1, e.sent_at), (2, e.delivered_at), (5, CASE WHEN e.opens > coalesce(w.opens, 0) THEN e.first_open_at END), (6, e.first_click_at),
        (3, e.bounced_at), (9, e.unsubscribed_at), (10, e.complained_at)
) AS first (type, at)
WHERE l.brief AND first.at IS NOT NULL
