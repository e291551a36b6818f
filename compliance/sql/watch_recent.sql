-- watch_recent: one row is a person and five minutes of [since, until] in which they did something: what they did in the
-- hour and in the day before the end of those minutes, and at which hours of the zone's clock they looked in them.
-- `outside` are contacts looked at outside working hours.
WITH steps AS (
    SELECT user_id, CASE WHEN user_id IS NULL THEN key_prefix ELSE '' END AS key_prefix, max(username) AS username,
        date_bin('5 minutes', at, 'epoch') + interval '5 minutes' AS ends_at,
        coalesce(array_agg(DISTINCT extract(hour FROM at AT TIME ZONE %(zone)s)::integer)
            FILTER (WHERE act IN ('listed', 'timeline', 'revealed')), '{}') AS hours
    FROM pii_access_log
    WHERE at >= %(since)s AND at <= %(until)s AND act <> 'ended'
    GROUP BY 1, 2, 4
)
SELECT steps.*, counted.*
FROM steps CROSS JOIN LATERAL (
    SELECT max(log.at) AS last_at,
        count(DISTINCT contact) FILTER (WHERE in_hour AND log.act IN ('listed', 'timeline', 'revealed')) AS contacts,
        count(DISTINCT contact) FILTER (
            WHERE in_hour AND log.act IN ('listed', 'timeline', 'revealed')
                AND (extract(isodow FROM local) > 5
                    OR extract(hour FROM local) NOT BETWEEN %(begins)s AND %(ends)s - 1)
        ) AS outside,
        count(DISTINCT contact) FILTER (WHERE in_hour AND log.act = 'revealed') AS revealed,
        count(DISTINCT log.id) FILTER (WHERE in_hour AND log.act = 'refused') AS refused,
        count(DISTINCT log.campaign) FILTER (WHERE log.act IN ('listed', 'timeline', 'revealed')) AS campaigns
    FROM pii_access_log AS log
        CROSS JOIN LATERAL (
            SELECT log.at >= steps.ends_at - interval '1 hour' AS in_hour, log.at AT TIME ZONE %(zone)s AS local
        ) AS time
        LEFT JOIN LATERAL unnest(log.contact_ids) AS contact ON true
    WHERE log.at >= steps.ends_at - interval '1 day' AND log.at < steps.ends_at
        AND (log.user_id = steps.user_id
            OR log.user_id IS NULL AND steps.user_id IS NULL AND log.key_prefix = steps.key_prefix)
) AS counted
ORDER BY ends_at, user_id, key_prefix
