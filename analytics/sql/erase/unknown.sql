-- One row is a contact without an identity, whose deeds are to be nobody's.
SELECT contact.id
FROM contact
WHERE contact.id < %(nobody)s AND NOT EXISTS (SELECT FROM identity WHERE contact_id = contact.id)
ORDER BY contact.id
