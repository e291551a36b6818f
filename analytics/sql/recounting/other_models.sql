-- Shares that other models than last touch gave, of conversions and refunds that are not there any more.
DELETE FROM campaign_attribution a
WHERE a.contact_id = ANY(%(contacts)s) AND a.model <> 0
    AND NOT EXISTS (SELECT FROM event_key k WHERE k.contact_id = a.contact_id AND k.event_id = a.event_id)
