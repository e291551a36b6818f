-- the messages whose send date, or whether they were clicked, is another than it was
SELECT contact_id, campaign_id, message
FROM fold_message WHERE campaign_id <> 0
GROUP BY 1, 2, 3
HAVING min(sent_at) FILTER (WHERE sign = 1) IS DISTINCT FROM min(sent_at) FILTER (WHERE sign = -1)
    OR min(first_click_at) FILTER (WHERE sign = 1) IS NULL <> (min(first_click_at) FILTER (WHERE sign = -1) IS NULL)
