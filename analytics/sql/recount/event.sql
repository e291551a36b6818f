-- One row is an event of the contacts at work, as kept, with its money's worth as it should be (`worth`), and room for
-- the class it should have: `machine` is set anew by fold/classify.sql, `machine_kept` and `rules_kept` stay.
INSERT INTO recount_event
SELECT
    e.*, e.machine, e.rules_version,
    CASE WHEN e.currency = %(currency)s THEN round(e.amount, %(decimals)s) ELSE round(e.amount * r.rate, %(decimals)s) END
FROM event e
LEFT JOIN LATERAL (
    SELECT rate FROM {{rates}}
    WHERE e.currency <> %(currency)s AND currency = e.currency AND day <= (e.occurred_at AT TIME ZONE %(zone)s)::date
    ORDER BY day DESC LIMIT 1
) r ON true
WHERE e.contact_id BETWEEN %(first)s AND %(last)s AND {{whose}}
