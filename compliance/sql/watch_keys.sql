-- watch_keys: one row is a key by which somebody looked at people in [since, until] and by which nobody had for ninety
-- days before, though it was made more than a week before. `contacts`: how many were seen by it then.
SELECT log.key_prefix, max(log.user_id) AS user_id, max(log.username) AS username, min(log.at) AS first_at,
    max(log.at) AS last_at, count(DISTINCT contact) AS contacts
FROM pii_access_log AS log JOIN api_key ON api_key.prefix = log.key_prefix
    CROSS JOIN LATERAL unnest(log.contact_ids) AS contact
WHERE log.at >= %(since)s AND log.at <= %(until)s AND log.act IN ('listed', 'timeline', 'revealed')
    AND log.key_prefix <> '' AND api_key.created < %(since)s - interval '7 days'
    AND NOT EXISTS (
        SELECT FROM pii_access_log AS earlier
        WHERE earlier.user_id = log.user_id AND earlier.key_prefix = log.key_prefix
            AND earlier.act IN ('listed', 'timeline', 'revealed')
            AND earlier.at >= %(since)s - interval '90 days' AND earlier.at < %(since)s
    )
GROUP BY log.key_prefix
