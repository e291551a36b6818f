-- What was read of large messages is read anew, whole or in brief.
DELETE FROM fold_event f USING fold_large l
WHERE NOT f.fresh AND f.contact_id = l.contact_id AND f.campaign_id = l.campaign_id AND f.message = l.message
