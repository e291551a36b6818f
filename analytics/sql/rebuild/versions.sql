-- the events that folds counted before and after, of the contacts at work; each fold's contacts have numbers of their
-- own here, as each fold counted by itself
SELECT
    sign, dense_rank() OVER (ORDER BY version, contact_id) AS contact_id, campaign_id, message, type, occurred_at, machine
FROM rebuild_touched WHERE contact_id = ANY(%(contacts)s) AND type NOT IN (7, 8, 12)
