-- last_hour: the one row, if any, is the last hour in which a campaign has events on a basis; corrections leave zeros.
SELECT hour
FROM campaign_hourly
WHERE basis = %(basis)s
    AND campaign_id = %(campaign)s
    AND greatest(
        sends, delivered, bounces, opens, machine_opens, clicks, machine_clicks, unsubscribes, complaints, impressions,
        conversions, refunds
    ) > 0
ORDER BY hour DESC
LIMIT 1
