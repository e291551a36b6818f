-- One row is a (currency, day) whose rate was not as given; null takes a rate back.
WITH given AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(days)s::date[], %(rates)s::numeric[]) AS given (currency, day, rate)
),
dropped AS (
    DELETE FROM currency_rate r USING given
    WHERE r.currency = given.currency AND r.day = given.day AND given.rate IS NULL
    RETURNING r.currency, r.day
),
written AS (
    INSERT INTO currency_rate AS r (currency, day, rate)
    SELECT currency, day, rate FROM given WHERE rate IS NOT NULL
    ON CONFLICT (currency, day) DO UPDATE SET rate = excluded.rate WHERE r.rate <> excluded.rate
    RETURNING r.currency, r.day
)
SELECT * FROM dropped UNION ALL SELECT * FROM written
