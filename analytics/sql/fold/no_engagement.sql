-- A credit that moved away may leave nothing behind.
DELETE FROM engagement
WHERE ctid = ANY(ARRAY(
    SELECT e.place
    FROM (
        SELECT campaign_id, contact_id, message FROM fold_credit WHERE type = 7 AND version = -1
        EXCEPT
        SELECT campaign_id, contact_id, message FROM fold_credit WHERE type = 7 AND version = 1
    ) c
    CROSS JOIN LATERAL (
        SELECT ctid AS place FROM engagement
        WHERE campaign_id = c.campaign_id AND contact_id = c.contact_id AND message = c.message
            AND conversions = 0 AND opens + clicks + machine_opens + machine_clicks + impressions = 0
            AND bounced_at IS NULL AND unsubscribed_at IS NULL AND complained_at IS NULL
        OFFSET 0
    ) e
))
