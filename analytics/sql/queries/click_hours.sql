-- click_hours: one row is how people whom a campaign reached click what leaves in one hour of the day, against what leaves
-- in the hour of most of its messages: the columns of history.ClickHour. It is of settled messages of all campaigns of the
-- channel, and compares what one contact got of one campaign in both hours: neither what was sent nor who got it differs.
-- Of more people than are looked at so many are, drawn by their numbers.
WITH messages AS NOT MATERIALIZED (
{{reached}}
), several AS MATERIALIZED ( -- one row is a contact of a campaign that reached it in several hours of the day
    SELECT contact_id, campaign_id
    FROM messages
    WHERE day < %(settled_day)s
    GROUP BY contact_id, campaign_id
    HAVING min(hour) < max(hour)
), placed AS MATERIALIZED ( -- one row is what such a contact got of the campaign on one day in one hour
    SELECT
        messages.contact_id, messages.campaign_id, messages.channel, messages.hour, messages.day,
        count(*)::double precision AS messages, sum(messages.clicked)::double precision AS clicks
    FROM messages
    JOIN several ON several.contact_id = messages.contact_id AND several.campaign_id = messages.campaign_id
    WHERE messages.day < %(settled_day)s
    GROUP BY messages.contact_id, messages.campaign_id, messages.channel, messages.hour, messages.day
), slots AS MATERIALIZED ( -- one row is the same in an hour of the day
    SELECT contact_id, campaign_id, channel, hour, sum(messages) AS messages, sum(clicks) AS clicks
    FROM placed
    GROUP BY contact_id, campaign_id, channel, hour
), usual AS MATERIALIZED ( -- one row is the hour of the day in which most of a campaign's messages left
    SELECT DISTINCT ON (campaign_id) campaign_id, hour
    FROM (
{{hours}}
    ) AS hours
    ORDER BY campaign_id, delivered DESC, hour
), own AS MATERIALIZED ( -- one row is such a contact whom a campaign reached, and the usual hour of that
    SELECT DISTINCT messages.campaign_id, messages.contact_id, messages.channel, usual.hour
    FROM messages
    JOIN usual ON usual.campaign_id = messages.campaign_id
    WHERE messages.day >= %(start_day)s
        AND messages.contact_id IN (SELECT contact_id FROM several)
        AND (%(campaigns)s::integer[] IS NULL OR messages.campaign_id = ANY (%(campaigns)s::integer[]))
), reached AS MATERIALIZED ( -- one row is one of these of whom something tells of that hour
    SELECT *, row_number() OVER (PARTITION BY campaign_id ORDER BY hashint8(contact_id), contact_id) AS place
    FROM own
    WHERE (contact_id, channel, hour) IN (SELECT contact_id, channel, hour FROM slots)
), pairs AS MATERIALIZED ( -- one row is a contact of a campaign, and one of the channel that reached it in both hours
    SELECT
        reached.campaign_id, reached.contact_id, other.hour AS key, reached.hour AS usual, own.campaign_id AS source,
        own.messages / (own.messages + other.messages) AS weight,
        other.messages / (own.messages + other.messages) AS other_weight,
        (own.clicks + other.clicks) / (own.messages + other.messages) AS rate,
        own.clicks / (own.messages + other.messages) AS other_rate
    FROM reached
    JOIN slots AS own
        ON own.contact_id = reached.contact_id AND own.channel = reached.channel AND own.hour = reached.hour
    JOIN slots AS other
        ON other.contact_id = own.contact_id AND other.campaign_id = own.campaign_id AND other.hour <> own.hour
    WHERE reached.place <= %(people)s
), weighted AS (
    SELECT
        pairs.campaign_id, pairs.key, pairs.contact_id, placed.day, true AS ahead, placed.messages,
        placed.clicks AS hits, pairs.weight,
        placed.messages * pairs.weight * pairs.rate - placed.clicks * pairs.other_rate AS chance
    FROM pairs
    JOIN placed
        ON placed.contact_id = pairs.contact_id AND placed.campaign_id = pairs.source AND placed.hour = pairs.key
    UNION ALL
    SELECT
        pairs.campaign_id, pairs.key, pairs.contact_id, placed.day, false, placed.messages,
        placed.clicks, pairs.other_weight, 0
    FROM pairs
    JOIN placed
        ON placed.contact_id = pairs.contact_id AND placed.campaign_id = pairs.source AND placed.hour = pairs.usual
), matched AS (
{{matched}}
)
SELECT
    matched.campaign_id, matched.key, usual.hour, matched.people, matched.messages, matched.others, matched.hits,
    matched.other_hits, matched.weight, matched.weighted, matched.other_weighted, matched.chance, matched.squares,
    matched.products, matched.other_squares, matched.days, matched.other_days
FROM matched
JOIN usual ON usual.campaign_id = matched.campaign_id
ORDER BY matched.campaign_id, matched.key
