-- the large messages that are read whole
SELECT contact_id, campaign_id, message FROM fold_large WHERE NOT brief
