-- idle: one row is a campaign that cost at least `least` on a day and was clicked by nobody, as far as events and ad
-- platforms tell. What is printed is not clicked; what sends messages is not asked on a day on which it sent none.
SELECT totals.campaign_id AS campaign, totals.cost, campaign.channel
FROM campaign_daily AS totals
JOIN campaign ON campaign.id = totals.campaign_id
WHERE totals.basis = %(event)s
    AND totals.day = %(day)s
    AND totals.cost >= %(least)s
    AND totals.clicks + totals.machine_clicks + totals.platform_clicks = 0
    AND campaign.channel <> ALL (%(not_clicked)s::text[])
    AND (totals.sends > 0 OR campaign.channel <> ALL (%(delivering)s::text[]))
