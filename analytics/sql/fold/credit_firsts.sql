-- One row, before and after alike, is the first conversion of a (contact, campaign, message) beside those at work: it
-- adds nothing and says whether one of them is the first.
INSERT INTO fold_credit
SELECT a.*, version.sign
FROM (
    SELECT DISTINCT contact_id, campaign_id, message FROM fold_credit WHERE type = 7
) s
CROSS JOIN LATERAL (
    SELECT {{booked}}
    FROM campaign_attribution
    WHERE contact_id = s.contact_id AND campaign_id = s.campaign_id AND message = s.message AND type = 7 AND model = 0
        AND (contact_id, event_id) NOT IN (SELECT contact_id, event_id FROM fold_credit WHERE type = 7)
    ORDER BY occurred_at LIMIT 1
) a
CROSS JOIN (VALUES (-1), (1)) AS version (sign)
