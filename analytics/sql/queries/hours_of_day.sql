-- hours_of_day: one row is what people first did with one campaign in one hour of the day, over the days of a period.
SELECT
    extract(hour FROM totals.hour AT TIME ZONE %(time_zone)s)::integer AS hour,
    sum(totals.unique_opens)::bigint AS unique_opens,
    sum(totals.unique_clicks)::bigint AS unique_clicks
FROM campaign_hourly AS totals
WHERE totals.basis = %(basis)s
    AND totals.campaign_id = %(campaign)s
    AND totals.hour >= %(start_day)s::date::timestamp AT TIME ZONE %(time_zone)s
    AND totals.hour < %(end_day)s::date::timestamp AT TIME ZONE %(time_zone)s
GROUP BY 1
