-- spent_today: one row is what one channel is known to have cost on one day so far.
SELECT campaign.channel, sum(cost.value) AS spent
FROM campaign_costs AS cost
JOIN campaign ON campaign.id = cost.campaign_id
WHERE cost.date = %(day)s AND cost.value IS NOT NULL
GROUP BY campaign.channel
