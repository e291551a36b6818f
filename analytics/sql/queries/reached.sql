-- reached: one row is a message that reached a contact and left in the days from one on, of a channel that delivers: on
-- which day and in which hour of it (reporting zone), and whether its contact clicked or unsubscribed by now. It left when
-- its first event `sent` of these days says, else when it arrived; whether it arrived is counted as sums.sql counts it.
-- With campaigns it is of the contacts of these alone, whatever else they got. A channel is its place among those that
-- deliver, which sorts faster than its name.
SELECT
    contact_id,
    campaign_id,
    channel,
    left_at,
    (left_at AT TIME ZONE %(time_zone)s)::date AS day,
    extract(hour FROM left_at AT TIME ZONE %(time_zone)s)::smallint AS hour,
    clicked,
    unsubscribed
FROM (
    SELECT
        event.contact_id,
        event.campaign_id,
        array_position(%(delivering)s::text[], campaign.channel::text)::smallint AS channel,
        coalesce(
            min(event.occurred_at) FILTER (WHERE event.type = 1), min(event.occurred_at) FILTER (WHERE event.type = 2)
        ) AS left_at,
        CASE
            WHEN campaign.reports_deliveries THEN bool_or(event.type = 2) ELSE NOT bool_or(event.type IN (3, 4))
        END AS arrived,
        bool_or(event.type = 6 AND event.machine = 0)::integer AS clicked,
        bool_or(event.type = 9)::integer AS unsubscribed
    FROM event
    JOIN campaign ON campaign.id = event.campaign_id
    WHERE event.type IN (1, 2, 3, 4, 6, 9)
        AND event.occurred_at >= %(history_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND event.occurred_at < %(end_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        AND campaign.channel = ANY (%(delivering)s)
        AND (%(campaigns)s::integer[] IS NULL OR event.contact_id IN (
            SELECT own.contact_id
            FROM event AS own
            WHERE own.campaign_id = ANY (%(campaigns)s::integer[])
                AND own.occurred_at >= %(start_day)s::date::timestamp AT TIME ZONE %(time_zone)s
                AND own.occurred_at < %(end_day)s::date::timestamp AT TIME ZONE %(time_zone)s
        ))
    GROUP BY event.contact_id, event.campaign_id, event.message, campaign.id
) AS messages
WHERE arrived AND left_at IS NOT NULL
