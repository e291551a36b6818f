-- review_reasons: one row is a reason that a person gave in [start, end) with its purpose, and for how many grants; the
-- most frequent first. Its text is null where the grants were ended by retention.
SELECT log.purpose, given.reason, count(*) AS grants, min(log.at) AS first_at, max(log.at) AS last_at
FROM pii_access_log AS log LEFT JOIN consent_grant AS given ON given.id = log.grant_id
WHERE log.act = 'granted' AND log.at >= %(start)s AND log.at < %(end)s
    AND coalesce('user-' || log.user_id, 'key-' || log.key_prefix) = %(who)s
GROUP BY log.purpose, given.reason
ORDER BY grants DESC, last_at DESC
LIMIT %(limit)s
