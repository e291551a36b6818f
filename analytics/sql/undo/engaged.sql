-- One row is a campaign of these that somebody did something with, found by key.
SELECT id FROM unnest(%(campaigns)s::integer[]) AS campaign (id)
WHERE EXISTS (SELECT FROM engagement WHERE campaign_id = campaign.id)
    OR EXISTS (SELECT FROM campaign_attribution WHERE campaign_id = campaign.id)
