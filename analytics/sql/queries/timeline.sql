-- timeline: one row is something that a contact did of a campaign, or that is credited to it; the latest first, from a
-- place on. Found by the contact (+ 0): the index by campaign and time would go through the whole campaign.
SELECT occurred_at, event_id, type, machine <> 0 AS machine, message, amount, currency
FROM (
    (
        SELECT occurred_at, event_id, type, machine, message, NULL::numeric AS amount, NULL AS currency
        FROM event
        WHERE contact_id = %(contact)s AND campaign_id + 0 = %(campaign)s AND type NOT IN (7, 8)
            AND occurred_at <= %(before_at)s AND (occurred_at, event_id) < (%(before_at)s, %(before_event)s)
        ORDER BY occurred_at DESC, event_id DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT occurred_at, event_id, type, 0, message, amount, currency
        FROM campaign_attribution
        WHERE model = 0 AND contact_id = %(contact)s AND campaign_id = %(campaign)s
            AND (occurred_at, event_id) < (%(before_at)s, %(before_event)s)
        ORDER BY occurred_at DESC, event_id DESC
        LIMIT %(limit)s
    )
) deeds
ORDER BY occurred_at DESC, event_id DESC
LIMIT %(limit)s
