-- watch_same_contact: one row is a user and the contact at whom alone they looked in [since, until], by how many grants
-- in the thirty days before the last of these looks: of each user the contact with the most, from `least` grants on.
WITH recent AS (
    SELECT user_id, max(username) AS username, contact, max(at) AS last_at
    FROM pii_access_log CROSS JOIN LATERAL unnest(contact_ids) AS contact
    WHERE at >= %(since)s AND at <= %(until)s AND act IN ('timeline', 'revealed') AND user_id IS NOT NULL
    GROUP BY user_id, contact
)
SELECT DISTINCT ON (user_id) user_id, username, contact, counted.*
FROM recent CROSS JOIN LATERAL (
    SELECT count(DISTINCT log.grant_id) AS grants, min(log.at) AS first_at, max(log.at) AS last_at
    FROM pii_access_log AS log
    WHERE log.user_id = recent.user_id AND log.contact_ids @> ARRAY[recent.contact]
        AND log.act IN ('timeline', 'revealed')
        AND log.at > recent.last_at - interval '30 days' AND log.at <= recent.last_at
) AS counted
WHERE counted.grants >= %(least)s
ORDER BY user_id, counted.grants DESC, contact
