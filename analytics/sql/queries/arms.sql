-- arms: one row is one day and one arm of a campaign that holds people out: who of its audience was first assigned in the
-- span on that day, written to or held out, and what they bought within so many days from then on, by whatever way.
-- Money is what came in less what was paid back in these days, in the reporting currency; what has no rate is not in it.
-- Each person counts once, in the arm of their first assignment. People are found by the campaign and time, what they
-- bought by the contact, so that nobody else's rows are read.
WITH assigned AS MATERIALIZED (
    SELECT DISTINCT ON (event.contact_id)
        event.contact_id,
        event.occurred_at,
        event.type = %(held_out)s AS held_out
    FROM event
    WHERE event.campaign_id = %(campaign)s
        AND event.type IN (%(sent)s, %(held_out)s)
        AND event.occurred_at >= %(starts_at)s
        AND event.occurred_at < %(ends_at)s
    ORDER BY event.contact_id, event.occurred_at, event.event_id
), bought AS (
    SELECT
        assigned.held_out,
        (assigned.occurred_at AT TIME ZONE %(time_zone)s)::date AS day,
        credits.converted,
        credits.revenue
    FROM assigned
    CROSS JOIN LATERAL (
        SELECT
            coalesce(bool_or(credit.type = %(converted)s), false) AS converted,
            coalesce(sum(CASE WHEN credit.type = %(refunded)s THEN -credit.value ELSE credit.value END), 0) AS revenue
        FROM campaign_attribution AS credit
        WHERE credit.model = 0
            AND credit.contact_id = assigned.contact_id
            AND credit.type IN (%(converted)s, %(refunded)s)
            AND credit.occurred_at >= assigned.occurred_at
            AND credit.occurred_at < assigned.occurred_at + %(within)s
    ) AS credits
)
SELECT
    day,
    held_out,
    count(*) AS people,
    count(*) FILTER (WHERE converted) AS converters,
    sum(revenue)::double precision AS revenue,
    sum(revenue * revenue)::double precision AS squares
FROM bought
GROUP BY day, held_out
ORDER BY day, held_out
