-- slot_contacts: one row is a contact who did something of a campaign in a slot, and when first in it; from a place on,
-- in the order of these times. What is credited to the campaign counts, not what merely names it.
-- Each look-up of something earlier stays one by the contact's key, also in a partition that is not analyzed yet: OFFSET 0
-- keeps it from becoming a join, + 0 and + no_time keep it from the index by campaign and time. Both would read the whole
-- slot for any page.
(
    SELECT DISTINCT event.occurred_at, event.contact_id
    FROM event
    WHERE event.campaign_id = %(campaign)s
        AND event.type NOT IN (7, 8)
        AND event.occurred_at >= %(starts_at)s AND event.occurred_at < %(ends_at)s
        AND (event.occurred_at, event.contact_id) > (%(after_at)s, %(after_contact)s)
        AND NOT EXISTS (
            SELECT FROM event earlier
            WHERE earlier.contact_id = event.contact_id AND earlier.campaign_id + 0 = %(campaign)s
                AND earlier.type NOT IN (7, 8)
                AND earlier.occurred_at >= %(month)s AND earlier.occurred_at < %(months_end)s
                AND earlier.occurred_at + %(no_time)s >= %(starts_at)s
                AND earlier.occurred_at + %(no_time)s < event.occurred_at
            OFFSET 0
        )
        AND NOT EXISTS (
            SELECT FROM campaign_attribution earlier
            WHERE earlier.model = 0
                AND earlier.contact_id = event.contact_id AND earlier.campaign_id = %(campaign)s
                AND earlier.occurred_at >= %(starts_at)s AND earlier.occurred_at < event.occurred_at
            OFFSET 0
        )
    ORDER BY event.occurred_at, event.contact_id
    LIMIT %(limit)s
)
UNION
(
    SELECT DISTINCT credit.occurred_at, credit.contact_id
    FROM campaign_attribution credit
    WHERE credit.model = 0
        AND credit.campaign_id = %(campaign)s
        AND credit.occurred_at >= %(starts_at)s AND credit.occurred_at < %(ends_at)s
        AND (credit.occurred_at, credit.contact_id) > (%(after_at)s, %(after_contact)s)
        AND NOT EXISTS (
            SELECT FROM event earlier
            WHERE earlier.contact_id = credit.contact_id AND earlier.campaign_id + 0 = %(campaign)s
                AND earlier.type NOT IN (7, 8)
                AND earlier.occurred_at >= %(month)s AND earlier.occurred_at < %(months_end)s
                AND earlier.occurred_at + %(no_time)s >= %(starts_at)s
                AND earlier.occurred_at + %(no_time)s < credit.occurred_at
            OFFSET 0
        )
        AND NOT EXISTS (
            SELECT FROM campaign_attribution earlier
            WHERE earlier.model = 0
                AND earlier.contact_id = credit.contact_id AND earlier.campaign_id = %(campaign)s
                AND earlier.occurred_at >= %(starts_at)s AND earlier.occurred_at < credit.occurred_at
            OFFSET 0
        )
    ORDER BY credit.occurred_at, credit.contact_id
    LIMIT %(limit)s
)
ORDER BY occurred_at, contact_id
LIMIT %(limit)s
