-- One row is a window up to the running minute, which is not in it: its minutes since somebody first served, and in how
-- many of them somebody did.
WITH asked AS (
    SELECT name, since FROM unnest(%(names)s::text[], %(sinces)s::timestamptz[]) AS asked (name, since)
),
served AS (
    SELECT slot.at + (minute.number - 1) * interval '1 minute' AS at
    FROM level_slot AS slot
    CROSS JOIN LATERAL unnest(slot.counts) WITH ORDINALITY AS minute (signs, number)
    WHERE slot.series = %(up)s AND slot.at > (SELECT min(since) FROM asked) - interval '1 hour' AND minute.signs > 0
),
known AS (
    SELECT least(
        (SELECT min(at) FROM served),
        (SELECT min(at) + interval '1 hour' FROM level_slot WHERE series = %(up)s) -- perhaps before all windows
    ) AS since
)
SELECT
    asked.name AS window_name,
    count(served.at) AS served,
    greatest(0, extract(epoch FROM %(until)s - greatest(asked.since, known.since)) / 60)::bigint AS known
FROM asked
CROSS JOIN known
LEFT JOIN served ON served.at >= asked.since AND served.at < %(until)s
WHERE known.since IS NOT NULL
GROUP BY asked.name, asked.since, known.since
