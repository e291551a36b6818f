-- One row is a month (UTC) in which a campaign now has events.
INSERT INTO campaign_month (campaign_id, starts_at, ends_at)
SELECT * FROM unnest(%(campaign_ids)s::integer[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
ON CONFLICT DO NOTHING
