-- One row is a contact that has events now, perhaps for the first time.
INSERT INTO contact (id, created_at)
SELECT %(contact)s, created_at FROM contact WHERE id = %(former)s
ON CONFLICT (id) DO UPDATE SET created_at = least(contact.created_at, excluded.created_at)
