-- review: one row is a person of whom the log has acts in [start, end): a user with all of their keys, or a key of
-- nobody. Contacts and campaigns are counted once each, however often they were looked at; `outside` are looks outside
-- working hours, by the clock of the zone.
WITH acts AS (
    SELECT coalesce('user-' || user_id, 'key-' || key_prefix) AS who, user_id, username, key_prefix, at, act, campaign,
        purpose, reason_hash, contact_ids, act IN ('listed', 'timeline', 'revealed') AS looked,
        extract(isodow FROM at AT TIME ZONE %(zone)s) > 5
            OR extract(hour FROM at AT TIME ZONE %(zone)s) NOT BETWEEN %(begins)s AND %(ends)s - 1 AS outside
    FROM pii_access_log
    WHERE at >= %(start)s AND at < %(end)s
),
people AS (
    SELECT who, max(user_id) AS user_id, max(username) AS username, max(key_prefix) AS key_prefix,
        count(*) FILTER (WHERE act = 'granted') AS grants,
        coalesce(sum(cardinality(contact_ids)) FILTER (WHERE act = 'listed'), 0)::bigint AS listed,
        coalesce(sum(cardinality(contact_ids)) FILTER (WHERE act = 'revealed'), 0)::bigint AS revealed,
        count(*) FILTER (WHERE act = 'refused') AS refused,
        count(*) FILTER (WHERE looked) AS looks,
        count(*) FILTER (WHERE looked AND outside) AS outside,
        count(*) FILTER (WHERE looked AND key_prefix <> '') AS by_key,
        count(DISTINCT campaign) FILTER (WHERE looked) AS campaigns,
        count(DISTINCT reason_hash) FILTER (WHERE act = 'granted') AS reasons,
        min(at) AS first_at, max(at) AS last_at
    FROM acts
    GROUP BY who
),
contacts AS (
    SELECT who, count(DISTINCT contact) AS contacts
    FROM acts CROSS JOIN LATERAL unnest(contact_ids) AS contact
    WHERE looked
    GROUP BY who
),
purposes AS (
    SELECT who, jsonb_object_agg(purpose, grants) AS purposes
    FROM (SELECT who, purpose, count(*) AS grants FROM acts WHERE act = 'granted' GROUP BY who, purpose) AS counted
    GROUP BY who
)
SELECT people.*, coalesce(contacts.contacts, 0) AS contacts, coalesce(purposes.purposes, '{}') AS purposes
FROM people LEFT JOIN contacts USING (who) LEFT JOIN purposes USING (who)
ORDER BY who
