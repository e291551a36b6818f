-- One row is a day from `first` on, due by `last`, of which a source has told no cost, though it had one on the same
-- weekday of each of the four weeks before. So who tells costs from Monday to Friday owes none on a Sunday, and who
-- stopped owes a week's. None is owed of a day before which all campaigns ended that the source told costs of in the
-- four weeks before it.
WITH told AS (
    SELECT DISTINCT source, date AS day FROM campaign_costs
    WHERE date >= %(first)s::date - 28 AND date <= %(last)s::date
), due AS (
    SELECT before.source, before.day + 7 * week AS day
    FROM told AS before, generate_series(1, 4) AS week
    GROUP BY 1, 2
    HAVING count(*) = 4
)
SELECT due.source, due.day
FROM due
LEFT JOIN told USING (source, day)
WHERE told.day IS NULL AND due.day >= %(first)s::date AND due.day <= %(last)s::date AND EXISTS (
    SELECT FROM campaign_costs AS cost
    JOIN campaign ON campaign.id = cost.campaign_id
    WHERE cost.source = due.source AND cost.date >= due.day - 28 AND cost.date < due.day
        AND (campaign.ends_at IS NULL OR campaign.ends_at > due.day::timestamp AT TIME ZONE %(time_zone)s)
)
ORDER BY due.source, due.day
