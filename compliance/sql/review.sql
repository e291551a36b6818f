-- review: one row is a person of whom the log has acts in [start, end): a user with all of their keys, or a key of
-- nobody. Contacts and campaigns are counted once each, however often they were looked at; `outside` are looks outside
-- working hours, by the clock of the zone. Different things are made few before they are counted, which is much faster
-- than count(DISTINCT).
WITH acts AS NOT MATERIALIZED (
    SELECT user_id, (CASE WHEN user_id IS NULL THEN key_prefix ELSE '' END) COLLATE "C" AS key, username, key_prefix, at, act,
        campaign, purpose, reason_hash, contact_ids, act IN ('listed', 'timeline', 'revealed') AS looked
    FROM pii_access_log
    WHERE at >= %(start)s AND at < %(end)s
),
people AS (
    SELECT user_id, key, max(username) AS username, max(key_prefix) AS key_prefix,
        count(*) FILTER (WHERE act = 'granted') AS grants,
        coalesce(sum(cardinality(contact_ids)) FILTER (WHERE act = 'listed'), 0)::bigint AS listed,
        coalesce(sum(cardinality(contact_ids)) FILTER (WHERE act = 'revealed'), 0)::bigint AS revealed,
        count(*) FILTER (WHERE act = 'refused') AS refused,
        count(*) FILTER (WHERE looked) AS looks,
        count(*) FILTER (
            WHERE looked AND (extract(isodow FROM at AT TIME ZONE %(zone)s) > 5
                OR extract(hour FROM at AT TIME ZONE %(zone)s) NOT BETWEEN %(begins)s AND %(ends)s - 1)
        ) AS outside,
        count(*) FILTER (WHERE looked AND key_prefix <> '') AS by_key,
        min(at) AS first_at, max(at) AS last_at
    FROM acts
    GROUP BY user_id, key
),
contacts AS (
    SELECT user_id, key, count(*) AS contacts
    FROM (
        SELECT user_id, key, contact FROM acts CROSS JOIN LATERAL unnest(contact_ids) AS contact
        WHERE looked
        GROUP BY user_id, key, contact
    ) AS different
    GROUP BY user_id, key
),
campaigns AS (
    SELECT user_id, key, count(campaign) AS campaigns
    FROM (SELECT user_id, key, campaign FROM acts WHERE looked GROUP BY user_id, key, campaign) AS different
    GROUP BY user_id, key
),
reasons AS (
    SELECT user_id, key, count(reason_hash) AS reasons
    FROM (SELECT user_id, key, reason_hash FROM acts WHERE act = 'granted' GROUP BY 1, 2, 3) AS different
    GROUP BY user_id, key
),
purposes AS (
    SELECT user_id, key, jsonb_object_agg(purpose, grants) AS purposes
    FROM (SELECT user_id, key, purpose, count(*) AS grants FROM acts WHERE act = 'granted' GROUP BY 1, 2, 3) AS counted
    GROUP BY user_id, key
)
SELECT coalesce('user-' || people.user_id, 'key-' || people.key) AS who, people.*,
    coalesce(contacts.contacts, 0) AS contacts, coalesce(campaigns.campaigns, 0) AS campaigns,
    coalesce(reasons.reasons, 0) AS reasons, coalesce(purposes.purposes, '{}') AS purposes
FROM people
    LEFT JOIN contacts ON contacts.user_id IS NOT DISTINCT FROM people.user_id AND contacts.key = people.key
    LEFT JOIN campaigns ON campaigns.user_id IS NOT DISTINCT FROM people.user_id AND campaigns.key = people.key
    LEFT JOIN reasons ON reasons.user_id IS NOT DISTINCT FROM people.user_id AND reasons.key = people.key
    LEFT JOIN purposes ON purposes.user_id IS NOT DISTINCT FROM people.user_id AND purposes.key = people.key
ORDER BY who
