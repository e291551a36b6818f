-- One row is an event that this fold keeps.
SELECT occurred_at, received_at, source_id, import_id, type FROM fold_event WHERE fresh
