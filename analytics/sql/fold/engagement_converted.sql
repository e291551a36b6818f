-- One row is a (campaign, contact, message) whose credited conversions were or are at work: its first one, how many more.
INSERT INTO engagement (campaign_id, contact_id, message, sent_at, first_converted_at, conversions)
SELECT
    campaign_id, contact_id, message, min(sent_at) FILTER (WHERE version = 1),
    min(occurred_at) FILTER (WHERE version = 1), sum(version)
FROM fold_credit WHERE type = 7 AND campaign_id <> 0
GROUP BY 1, 2, 3
ON CONFLICT (campaign_id, contact_id, message) DO UPDATE SET
    sent_at = coalesce(excluded.sent_at, engagement.sent_at),
    first_converted_at = excluded.first_converted_at, conversions = engagement.conversions + excluded.conversions
