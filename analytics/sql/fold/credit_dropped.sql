-- Ledger rows that are no longer what the conversion is credited by, each looked up by its key.
DELETE FROM campaign_attribution
WHERE model = 0 AND ctid = ANY(ARRAY(
    SELECT a.place
    FROM (
        SELECT contact_id, event_id FROM (
            SELECT
                contact_id, event_id, campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value
            FROM fold_credit WHERE version = -1
            EXCEPT
            SELECT
                contact_id, event_id, campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value
            FROM fold_credit WHERE version = 1
        ) changed
    ) c
    CROSS JOIN LATERAL (
        SELECT ctid AS place FROM campaign_attribution
        WHERE contact_id = c.contact_id AND event_id = c.event_id AND model = 0 OFFSET 0
    ) a
))
