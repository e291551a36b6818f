-- by_campaign: one row is the sums of one campaign and what it is called; campaign 0 is what belongs to none.
WITH scoped AS (
{{scoped}}
), summed AS (
    SELECT
        campaign_id,
{{sums}}
    FROM scoped
    WHERE position = 1
    GROUP BY campaign_id
)
SELECT
    summed.*,
    coalesce(campaign.external_id, '') AS external_id,
    coalesce(campaign.name, '') AS name,
    coalesce(campaign.channel, '') AS channel,
    coalesce(campaign.status, '') AS status
FROM summed
LEFT JOIN campaign ON campaign.id = summed.campaign_id
