-- ranked: one row is a campaign of the scope, also one without figures: what it is called, its sums, and the value that
-- it is ranked by.
WITH scoped AS (
{{scoped}}
), summed AS (
    SELECT
        campaign_id,
{{sums}}
    FROM scoped
    WHERE position = 1
    GROUP BY campaign_id
), listed AS (
    SELECT
        campaign.id,
        campaign.external_id,
        campaign.name,
        campaign.channel,
        campaign.status,
        campaign.tags,
{{parts}}
    FROM campaign
    LEFT JOIN summed ON summed.campaign_id = campaign.id
    WHERE %(campaigns)s::integer[] IS NULL OR campaign.id = ANY (%(campaigns)s::integer[])
)
SELECT
    listed.*,
    {{value}} AS value
FROM listed
