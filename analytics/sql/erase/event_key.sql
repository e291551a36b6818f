-- One row is the key of an event, under its new id.
INSERT INTO event_key (contact_id, event_id, occurred_at)
SELECT %(nobody)s, id.new, occurred_at FROM erased_key JOIN erased_id id ON id.old = event_id
