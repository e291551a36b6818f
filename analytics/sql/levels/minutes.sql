-- One row is a window up to the running minute, which is not in it: in how many of its minutes somebody served, and how
-- many there were since somebody first did. No row comes where nobody ever did.
WITH known AS (
    SELECT at + (
        SELECT (min(number) - 1) * interval '1 minute'
        FROM unnest(counts) WITH ORDINALITY AS minute (signs, number) WHERE signs > 0
    ) AS since
    FROM level_slot WHERE series = %(up)s AND width = %(width)s
    ORDER BY at LIMIT 1
),
asked AS (
    SELECT name, greatest(asked.since, known.since) AS since
    FROM unnest(%(names)s::text[], %(sinces)s::timestamptz[]) AS asked (name, since) CROSS JOIN known
),
part AS (
    SELECT
        asked.name,
        slot.counts[
            greatest(0, extract(epoch FROM asked.since - slot.at) / 60)::integer + 1
            : least(60, extract(epoch FROM %(until)s - slot.at) / 60)::integer
        ] AS counts
    FROM asked
    JOIN level_slot AS slot
        ON slot.series = %(up)s AND slot.width = %(width)s
        AND slot.at > asked.since - interval '1 hour' AND slot.at < %(until)s
),
served AS (
    SELECT name, sum((SELECT count(*) FROM unnest(counts) AS minute (signs) WHERE signs > 0)) AS minutes
    FROM part GROUP BY name
)
SELECT
    asked.name AS window_name,
    coalesce(served.minutes, 0)::integer AS served,
    greatest(0, extract(epoch FROM %(until)s - asked.since) / 60)::integer AS known
FROM asked LEFT JOIN served USING (name)
