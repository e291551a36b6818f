-- hours: one row is the sums of one channel in one hour of the event; without a channel it is of no campaign.
SELECT
    totals.hour,
    campaign.channel,
    sum(totals.sends)::bigint AS sends,
    sum(totals.opens)::bigint AS opens,
    sum(totals.clicks)::bigint AS clicks,
    sum(totals.conversions)::bigint AS conversions,
    sum(totals.revenue) AS revenue
FROM campaign_hourly AS totals
LEFT JOIN campaign ON campaign.id = totals.campaign_id
WHERE totals.basis = %(event)s AND totals.hour >= %(start)s AND totals.hour < %(end)s
GROUP BY totals.hour, campaign.channel
