-- watch_hours: one row is one of these users: at which hours of the zone's clock they looked at anybody in [start, end),
-- and on how many days.
SELECT user_id, array_agg(DISTINCT extract(hour FROM at AT TIME ZONE %(zone)s)::integer) AS hours,
    count(DISTINCT (at AT TIME ZONE %(zone)s)::date) AS days
FROM pii_access_log
WHERE user_id = ANY(%(users)s) AND at >= %(start)s AND at < %(end)s AND act IN ('listed', 'timeline', 'revealed')
GROUP BY user_id
