-- One row is a (basis, day) whose totals changed; a refresh of the views takes it away.
INSERT INTO changed_day (basis, day, changed_at)
SELECT DISTINCT basis, (hour AT TIME ZONE %(zone)s)::date, %(at)s::timestamptz FROM fold_delta
ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
