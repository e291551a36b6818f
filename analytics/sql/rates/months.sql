-- The first and the last month (UTC) in which there may be money of the reporting zone's days.
SELECT
    date_trunc('month', min(at), 'UTC') - interval '1 month', date_trunc('month', max(at), 'UTC') + interval '1 month'
FROM (
    SELECT starts_at AS at FROM campaign_month
    UNION ALL
    SELECT date::timestamp AT TIME ZONE 'UTC' FROM campaign_costs
) moments
