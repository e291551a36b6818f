-- matched: one row is two kinds of messages of one campaign's people against each other, under a key: the sums of
-- history.Matched. It stands on `weighted`, of which one row is messages of one kind (`ahead` or not) to one contact on one
-- day: how many, how many of them had the outcome, what each weighs (the share of the other kind in its stratum), and of
-- those ahead the terms of the variance that chance gives the quotient. Of fewer than five people of either kind there is
-- no row.
SELECT
    campaign_id,
    key,
    count(contact_id) AS people,
    sum(messages) FILTER (WHERE contact_id IS NOT NULL)::bigint AS messages,
    sum(others) FILTER (WHERE contact_id IS NOT NULL)::bigint AS others,
    sum(hits) FILTER (WHERE contact_id IS NOT NULL)::bigint AS hits,
    sum(other_hits) FILTER (WHERE contact_id IS NOT NULL)::bigint AS other_hits,
    sum(weight) FILTER (WHERE contact_id IS NOT NULL) AS weight,
    sum(weighted) FILTER (WHERE contact_id IS NOT NULL) AS weighted,
    sum(other_weighted) FILTER (WHERE contact_id IS NOT NULL) AS other_weighted,
    sum(chance) FILTER (WHERE contact_id IS NOT NULL) AS chance,
    sum(weighted * weighted) FILTER (WHERE contact_id IS NOT NULL) AS squares,
    sum(weighted * other_weighted) FILTER (WHERE contact_id IS NOT NULL) AS products,
    sum(other_weighted * other_weighted) FILTER (WHERE contact_id IS NOT NULL) AS other_squares,
    sum(weight) FILTER (WHERE day IS NOT NULL) ^ 2 / sum(weight * weight) FILTER (WHERE day IS NOT NULL) AS days,
    sum(other_weight) FILTER (WHERE day IS NOT NULL) ^ 2
    / sum(other_weight * other_weight) FILTER (WHERE day IS NOT NULL) AS other_days
FROM (
    SELECT
        campaign_id,
        key,
        contact_id,
        day,
        coalesce(sum(messages) FILTER (WHERE ahead), 0) AS messages,
        coalesce(sum(messages) FILTER (WHERE NOT ahead), 0) AS others,
        coalesce(sum(hits) FILTER (WHERE ahead), 0) AS hits,
        coalesce(sum(hits) FILTER (WHERE NOT ahead), 0) AS other_hits,
        coalesce(sum(messages * weight) FILTER (WHERE ahead), 0) AS weight,
        coalesce(sum(messages * weight) FILTER (WHERE NOT ahead), 0) AS other_weight,
        coalesce(sum(hits * weight) FILTER (WHERE ahead), 0) AS weighted,
        coalesce(sum(hits * weight) FILTER (WHERE NOT ahead), 0) AS other_weighted,
        coalesce(sum(chance) FILTER (WHERE ahead), 0) AS chance
    FROM weighted
    GROUP BY GROUPING SETS ((campaign_id, key, contact_id), (campaign_id, key, day))
) AS summed
GROUP BY campaign_id, key
HAVING count(contact_id) FILTER (WHERE messages > 0) >= %(fewest)s
    AND count(contact_id) FILTER (WHERE others > 0) >= %(fewest)s
