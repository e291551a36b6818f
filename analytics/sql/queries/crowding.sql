-- crowding: one row is how many messages of its channel the people of a campaign got in the settled days from one on, and
-- one outcome of the campaign's own messages of these days: of those that came when somebody had got more than `line` in
-- 28 days (ahead) against the others; the columns of history.Crowd. Who left is compared within days, so that neither the
-- message nor the day differs; who clicked within contacts, so that whoever reads most and gets most is compared with
-- himself. Of more people than are looked at so many are, drawn by their numbers; of fewer than five there is no row.
WITH messages AS NOT MATERIALIZED (
{{reached}}
), contacts AS MATERIALIZED ( -- one row is a contact in a channel: what it got, and whether it ever got many
    SELECT
        contact_id, channel, count(*) > %(line)s AS many,
        count(*) FILTER (WHERE day >= %(start_day)s AND day < %(settled_day)s) AS got
    FROM messages
    GROUP BY contact_id, channel
), told AS NOT MATERIALIZED ( -- one row is a message, with the same
    SELECT messages.*, contacts.many, contacts.got
    FROM messages
    JOIN contacts ON contacts.contact_id = messages.contact_id AND contacts.channel = messages.channel
), counted AS MATERIALIZED ( -- one row is a message of the settled days, and whether its contact had got many by then
    SELECT campaign_id, contact_id, day, clicked, unsubscribed, got, false AS ahead
    FROM told
    WHERE NOT many AND day >= %(start_day)s AND day < %(settled_day)s
    UNION ALL
    SELECT campaign_id, contact_id, day, clicked, unsubscribed, got, ahead
    FROM (
        SELECT
            *,
            count(*) OVER (
                PARTITION BY contact_id, channel ORDER BY left_at RANGE BETWEEN '28 days' PRECEDING AND CURRENT ROW
            ) > %(line)s AS ahead
        FROM told
        WHERE many
    ) AS placed
    WHERE day >= %(start_day)s AND day < %(settled_day)s
), people AS MATERIALIZED ( -- one row is a contact whom a campaign reached
    SELECT
        *, row_number() OVER (PARTITION BY campaign_id ORDER BY hashint8(contact_id), contact_id) AS place,
        count(*) OVER (PARTITION BY campaign_id) AS of_people
    FROM (
        SELECT DISTINCT campaign_id, contact_id, got
        FROM counted
        WHERE %(campaigns)s::integer[] IS NULL OR campaign_id = ANY (%(campaigns)s::integer[])
    ) AS own
), crowds AS ( -- one row is a campaign: its people that are looked at, and what they got of the channel
    SELECT
        campaign_id, count(*) AS people, min(of_people) AS of_people, sum(got)::bigint AS messages,
        count(*) FILTER (WHERE got > %(line)s) AS above
    FROM people
    WHERE place <= %(people)s
    GROUP BY campaign_id
    HAVING count(*) >= %(fewest)s
), own AS MATERIALIZED ( -- one row is a message of a campaign with some ahead; with the sums of its strata, day and contact
    SELECT
        counted.campaign_id, counted.contact_id, counted.day, counted.ahead, counted.clicked, counted.unsubscribed,
        count(*) FILTER (WHERE counted.ahead) OVER of_day AS day_ahead,
        count(*) OVER of_day::double precision AS day_all,
        sum(counted.unsubscribed) OVER of_day AS day_left,
        sum(counted.unsubscribed) FILTER (WHERE NOT counted.ahead) OVER of_day AS day_left_else,
        count(*) FILTER (WHERE counted.ahead) OVER of_contact AS contact_ahead,
        count(*) OVER of_contact::double precision AS contact_all,
        sum(counted.clicked) OVER of_contact AS contact_clicked,
        sum(counted.clicked) FILTER (WHERE NOT counted.ahead) OVER of_contact AS contact_clicked_else
    FROM counted
    JOIN people ON people.campaign_id = counted.campaign_id AND people.contact_id = counted.contact_id
    WHERE people.place <= %(people)s AND counted.campaign_id IN (SELECT campaign_id FROM counted WHERE ahead)
    WINDOW of_day AS (PARTITION BY counted.campaign_id, counted.day),
        of_contact AS (PARTITION BY counted.campaign_id, counted.contact_id)
), weighted AS (
    SELECT
        campaign_id, 'unsubscribed' AS key, contact_id, day, ahead, 1 AS messages, unsubscribed AS hits,
        CASE WHEN ahead THEN day_all - day_ahead ELSE day_ahead END / day_all AS weight,
        (day_all - day_ahead) / day_all * day_left / day_all - unsubscribed * day_left_else / day_all AS chance
    FROM own
    WHERE day_ahead BETWEEN 1 AND day_all - 1
    UNION ALL
    SELECT
        campaign_id, 'clicked', contact_id, day, ahead, 1, clicked,
        CASE WHEN ahead THEN contact_all - contact_ahead ELSE contact_ahead END / contact_all,
        (contact_all - contact_ahead) / contact_all * contact_clicked / contact_all
        - clicked * contact_clicked_else / contact_all
    FROM own
    WHERE contact_ahead BETWEEN 1 AND contact_all - 1
), matched AS (
{{matched}}
)
SELECT
    crowds.campaign_id, crowds.people, crowds.of_people, crowds.messages, crowds.above, matched.key, matched.people,
    matched.messages, matched.others, matched.hits, matched.other_hits, matched.weight, matched.weighted,
    matched.other_weighted, matched.chance, matched.squares, matched.products, matched.other_squares, matched.days,
    matched.other_days
FROM crowds
LEFT JOIN matched ON matched.campaign_id = crowds.campaign_id
ORDER BY crowds.campaign_id, matched.key
