-- when the credited message `s` was sent to the contact, and whether it was clicked: as this fold counts it, else as it
-- is kept, else, for mere recipients, by its first send
LEFT JOIN fold_message f ON f.sign = 1 AND s.campaign_id <> 0 AND f.contact_id = s.contact_id
    AND f.campaign_id = s.campaign_id AND f.message = s.message
LEFT JOIN LATERAL (
    SELECT contact_id, sent_at, first_click_at FROM engagement
    WHERE f.contact_id IS NULL AND s.campaign_id <> 0
        AND campaign_id = s.campaign_id AND contact_id = s.contact_id AND message = s.message
    OFFSET 0
) g ON true
LEFT JOIN LATERAL (
    SELECT e.occurred_at AS sent_at
    FROM campaign_month m
    CROSS JOIN LATERAL (
        SELECT occurred_at FROM event
        WHERE contact_id = s.contact_id AND campaign_id = s.campaign_id AND message = s.message
            AND occurred_at >= m.starts_at AND occurred_at < m.ends_at AND type = 1
        ORDER BY occurred_at LIMIT 1
    ) e
    WHERE f.contact_id IS NULL AND g.contact_id IS NULL AND s.campaign_id <> 0 AND m.campaign_id = s.campaign_id
    ORDER BY 1 LIMIT 1
) r ON true
CROSS JOIN LATERAL (
    SELECT
        coalesce(f.sent_at, g.sent_at, r.sent_at) AS sent_at,
        coalesce(f.first_click_at, g.first_click_at) IS NOT NULL AS clicked
) m
