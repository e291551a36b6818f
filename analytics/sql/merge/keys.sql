-- The events that are known of each number that becomes a contact's, and of the contact's own.
merged AS (
    SELECT * FROM unnest(%(formers)s::bigint[], %(contacts)s::bigint[]) AS merged (former, contact)
),
numbers AS (
    SELECT former AS number, contact FROM merged UNION SELECT contact, contact FROM merged
),
keys AS (
    SELECT k.*, n.contact, count(*) OVER (PARTITION BY n.contact, k.event_id) AS times
    FROM numbers n
    CROSS JOIN LATERAL (SELECT * FROM event_key WHERE contact_id = n.number OFFSET 0) k
)
