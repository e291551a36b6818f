-- What stands in the place of what could lead back to a person, for one contact: `old` and, at random, `new`.
DROP TABLE IF EXISTS pg_temp.erased_id, pg_temp.erased_number, pg_temp.erased_message;

-- One row is an event id. The new ones are in the order of the old, for of two at one moment the larger id counts.
CREATE TEMPORARY TABLE erased_id ON COMMIT DROP AS
WITH old AS (
    SELECT event_id AS id, row_number() OVER (ORDER BY event_id) AS place FROM erased_key
),
new AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (SELECT gen_random_uuid() AS id FROM erased_key) random
)
SELECT old.id AS old, new.id AS new FROM old JOIN new USING (place);

-- One row is the hash of an order, a link or a network: equal ones stay equal.
CREATE TEMPORARY TABLE erased_number ON COMMIT DROP AS
SELECT old, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint AS new
FROM (
    SELECT order_key AS old FROM erased_event
    UNION SELECT link FROM erased_event
    UNION SELECT network FROM erased_event
    UNION SELECT order_key FROM erased_credit
) numbers
WHERE old IS NOT NULL;

-- One row is the name that another system gave a message.
CREATE TEMPORARY TABLE erased_message ON COMMIT DROP AS
SELECT old, gen_random_uuid()::text AS new
FROM (
    SELECT message AS old FROM erased_event
    UNION SELECT message FROM erased_engagement
    UNION SELECT message FROM erased_credit
    UNION SELECT named_message FROM erased_credit
) messages
WHERE old <> '';
