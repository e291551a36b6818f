-- Kept opens and clicks that are of another class beside what is there now, such as the first clicks of a burst.
UPDATE event e SET machine = r.machine, rules_version = r.rules_version
FROM recount_event r
WHERE r.machine <> r.machine_kept
    AND e.contact_id = r.contact_id AND e.campaign_id = r.campaign_id
    AND e.message = r.message AND e.occurred_at = r.occurred_at AND e.event_id = r.event_id
