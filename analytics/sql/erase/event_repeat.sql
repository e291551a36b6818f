-- One row is an event that came another way, too, under its new id.
INSERT INTO event_repeat (contact_id, event_id, import_id, noted_on)
SELECT %(nobody)s, id.new, import_id, noted_on FROM erased_repeat JOIN erased_id id ON id.old = event_id
