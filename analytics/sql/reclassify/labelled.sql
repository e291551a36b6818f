-- Opens and clicks that keep their class by the rules of today too.
UPDATE event e SET rules_version = %(rules_version)s
FROM fold_event f
WHERE f.type IN (5, 6) AND f.machine = f.machine_before AND f.rules_version <> %(rules_version)s
    AND e.contact_id = f.contact_id AND e.campaign_id = f.campaign_id
    AND e.message = f.message AND e.occurred_at = f.occurred_at AND e.event_id = f.event_id
