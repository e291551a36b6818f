-- Ledger rows that are no longer what the conversion is credited by.
DELETE FROM campaign_attribution a
USING (
    SELECT contact_id, event_id FROM (
        SELECT contact_id, event_id, campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value
        FROM fold_credit WHERE version = -1
        EXCEPT
        SELECT contact_id, event_id, campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value
        FROM fold_credit WHERE version = 1
    ) changed
) c
WHERE a.contact_id = c.contact_id AND a.event_id = c.event_id AND a.model = 0
