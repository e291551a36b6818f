-- cost_days: one row is what one channel cost on one day.
SELECT totals.day, campaign.channel, sum(totals.cost) AS cost
FROM campaign_daily AS totals
JOIN campaign ON campaign.id = totals.campaign_id
WHERE totals.basis = %(event)s AND totals.day = ANY (%(days)s::date[])
GROUP BY totals.day, campaign.channel
