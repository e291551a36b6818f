-- Kept events that are of another class beside the fresh ones, such as the first clicks of a burst.
UPDATE event e SET machine = f.machine, rules_version = f.rules_version
FROM fold_event f
WHERE NOT f.fresh AND f.machine <> f.machine_before
    AND e.contact_id = f.contact_id AND e.campaign_id = f.campaign_id
    AND e.message = f.message AND e.occurred_at = f.occurred_at AND e.event_id = f.event_id
