-- One row stands for what is kept of a message read in brief: its first send, delivery, human open, human click, bounce,
-- unsubscription and complaint. Counted before and after alike, they add nothing and say what comes first.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version, flagged, message,
    machine_before, fresh, settled
)
SELECT
    e.contact_id, first.at, first.at, gen_random_uuid(), e.campaign_id, 0, first.type, 0, 0, false, e.message, 0, false, true
FROM fold_large l
CROSS JOIN LATERAL (
    SELECT * FROM engagement
    WHERE campaign_id = l.campaign_id AND contact_id = l.contact_id AND message = l.message OFFSET 0
) e
CROSS JOIN LATERAL (
    VALUES
        (1, e.sent_at), (2, e.delivered_at), (5, CASE WHEN e.opens > 0 THEN e.first_open_at END), (6, e.first_click_at),
        (3, e.bounced_at), (9, e.unsubscribed_at), (10, e.complained_at)
) AS first (type, at)
WHERE l.brief AND first.at IS NOT NULL
