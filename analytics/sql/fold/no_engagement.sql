-- A credit that moved away may leave nothing behind.
DELETE FROM engagement e
USING (
    SELECT campaign_id, contact_id, message FROM fold_credit WHERE type = 7 AND version = -1
    EXCEPT
    SELECT campaign_id, contact_id, message FROM fold_credit WHERE type = 7 AND version = 1
) c
WHERE e.campaign_id = c.campaign_id AND e.contact_id = c.contact_id AND e.message = c.message
    AND e.conversions = 0 AND e.opens + e.clicks + e.machine_opens + e.machine_clicks = 0
    AND e.bounced_at IS NULL AND e.unsubscribed_at IS NULL AND e.complained_at IS NULL
