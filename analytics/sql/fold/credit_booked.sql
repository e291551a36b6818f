-- One row is a ledger row, as booked, of a contact whose credit the fresh events may change.
INSERT INTO fold_credit
SELECT
    a.contact_id, a.event_id, a.campaign_id, a.type, a.occurred_at, a.message, a.named_campaign_id, a.named_message,
    a.order_key, a.touch_type, a.touch_at, a.touch_event_id, a.sent_at, a.clicked, a.amount, a.currency, a.value, -1
FROM (
    SELECT DISTINCT contact_id FROM fold_event
    WHERE (fresh AND type IN (1, 5, 6, 7, 8)) OR machine <> machine_before
) c
CROSS JOIN LATERAL (
    SELECT * FROM campaign_attribution WHERE contact_id = c.contact_id AND model = 0 OFFSET 0
) a
