-- One row is a campaign of these that an event names. There is no way to it by key, so the months that these campaigns
-- may have events in are read from end to end; of most there are none.
SELECT DISTINCT campaign_id
FROM event
WHERE campaign_id = ANY(%(campaigns)s)
    AND occurred_at >= (SELECT min(starts_at) FROM campaign_month WHERE campaign_id = ANY(%(campaigns)s))
    AND occurred_at < (SELECT max(ends_at) FROM campaign_month WHERE campaign_id = ANY(%(campaigns)s))
