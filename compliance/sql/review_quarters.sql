-- review_quarters: one row is a quarter that gets its review now: it has begun, somebody did something in it, and it is
-- none before those that have theirs, so one that was deleted by its age does not come back.
WITH bounds AS (
    SELECT unnest(%(names)s::text[]) AS name, unnest(%(starts)s::timestamptz[]) AS starts_at,
        unnest(%(ends)s::timestamptz[]) AS ends_at, unnest(%(dues)s::timestamptz[]) AS due_at
)
INSERT INTO access_review (name, starts_at, ends_at, due_at)
SELECT name, starts_at, ends_at, due_at FROM bounds
WHERE EXISTS (SELECT FROM pii_access_log WHERE at >= starts_at AND at < ends_at)
ON CONFLICT DO NOTHING
