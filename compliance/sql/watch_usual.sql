-- watch_usual: one row is one of these users, by what they did in [start, end): of the hours in which they looked at
-- anybody, and of the days, the busy ones: the tenth that is busiest begins there. `outside` is of hours outside working
-- hours alone.
WITH looks AS (
    SELECT user_id, act, campaign, contact_ids, date_trunc('hour', at) AS hour, date_trunc('day', at) AS day,
        extract(isodow FROM at AT TIME ZONE %(zone)s) > 5
            OR extract(hour FROM at AT TIME ZONE %(zone)s) NOT BETWEEN %(begins)s AND %(ends)s - 1 AS outside
    FROM pii_access_log
    WHERE user_id = ANY(%(users)s) AND at >= %(start)s AND at < %(end)s AND act IN ('listed', 'timeline', 'revealed')
),
hours AS (
    SELECT user_id, count(DISTINCT contact) AS contacts,
        nullif(count(DISTINCT contact) FILTER (WHERE outside), 0) AS outside,
        count(DISTINCT contact) FILTER (WHERE act = 'revealed') AS revealed
    FROM looks CROSS JOIN LATERAL unnest(contact_ids) AS contact
    GROUP BY user_id, hour
),
days AS (
    SELECT user_id, count(DISTINCT campaign) AS campaigns FROM looks GROUP BY user_id, day
),
usual_hours AS (
    SELECT user_id, percentile_disc(0.9) WITHIN GROUP (ORDER BY contacts) AS contacts,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY outside) AS outside,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY revealed) AS revealed
    FROM hours
    GROUP BY user_id
),
usual_days AS (
    SELECT user_id, percentile_disc(0.9) WITHIN GROUP (ORDER BY campaigns) AS campaigns FROM days GROUP BY user_id
)
SELECT user_id, coalesce(contacts, 0) AS contacts, coalesce(outside, 0) AS outside, coalesce(revealed, 0) AS revealed,
    campaigns
FROM usual_days LEFT JOIN usual_hours USING (user_id)
