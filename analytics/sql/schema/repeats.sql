-- event_repeat: one row is an event that a file brought and that came by another file, too, or by none (`import_id` 0).
-- Written by the fold, read by the undoing of a file, kept as long as files can be undone.
CREATE TABLE event_repeat (
    contact_id bigint NOT NULL,
    event_id   uuid   NOT NULL,
    import_id  bigint NOT NULL,
    noted_on   date   NOT NULL,
    PRIMARY KEY (contact_id, event_id, import_id)
);
CREATE INDEX event_repeat_import ON event_repeat (import_id);
