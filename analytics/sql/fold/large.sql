-- One row is a (contact, campaign, message) with more kept events than one fold should read. `brief`: its engagement row
-- and the touches near the fresh ones say enough. Otherwise, read whole, are those with no such row or one that knows of
-- conversions only, with a send or a delivery before the first one known (all of it moves), or with a fresh touch so near
-- the first human one that this one is classed anew (as far as fold/large_near.sql reaches) and may turn out a machine's.
INSERT INTO fold_large
SELECT
    g.contact_id, g.campaign_id, g.message,
    coalesce(bool_and(e.acted), false) AND coalesce(bool_and(
        CASE f.type
            WHEN 1 THEN f.occurred_at >= coalesce(e.sent_at, 'infinity')
            WHEN 2 THEN f.occurred_at >= coalesce(e.delivered_at, 'infinity')
            WHEN 5 THEN NOT near_first
            WHEN 6 THEN NOT near_first
            ELSE true
        END
    ), true)
FROM (
    SELECT contact_id, campaign_id, message FROM fold_event WHERE NOT fresh GROUP BY 1, 2, 3 HAVING count(*) >= %(most)s
) g
JOIN fold_event f USING (contact_id, campaign_id, message)
LEFT JOIN LATERAL (
    SELECT
        contact_id, sent_at, delivered_at, first_open_at, first_click_at,
        opens + clicks + machine_opens + machine_clicks + impressions > 0
            OR bounced_at IS NOT NULL OR unsubscribed_at IS NOT NULL OR complained_at IS NOT NULL AS acted
    FROM engagement
    WHERE campaign_id = g.campaign_id AND contact_id = g.contact_id AND message = g.message OFFSET 0
) e ON true
CROSS JOIN LATERAL (
    SELECT coalesce(
        f.occurred_at BETWEEN e.first_open_at - 4 * make_interval(secs => %(network_seconds)s)
            AND e.first_open_at + 4 * make_interval(secs => %(network_seconds)s)
        OR f.occurred_at BETWEEN e.first_click_at - 4 * make_interval(secs => %(network_seconds)s)
            AND e.first_click_at + 4 * make_interval(secs => %(network_seconds)s),
        false
    ) AS near_first
) n
WHERE f.fresh
GROUP BY 1, 2, 3
