-- Sets the worth of each conversion and refund that is another in the rebuild's cut.
UPDATE event e SET value = l.value
FROM rebuild_ledger l
WHERE l.value IS DISTINCT FROM l.value_kept
    AND e.contact_id = l.contact_id AND e.campaign_id = l.named_campaign_id
    AND e.message = l.named_message AND e.occurred_at = l.occurred_at AND e.event_id = l.event_id
