-- One row is an event that a file brought and that came another way, too, by another file or by none (0): undoing the
-- first must not take it away. Where a repeat tells of another moment, campaign or message it is noted in any case, for
-- then the kept one is not found by its key. Runs once the fresh ones are kept, for two files may come in one fold. What
-- came under a former number is its contact's.
INSERT INTO event_repeat (contact_id, event_id, import_id, noted_on)
SELECT DISTINCT s.contact_id, s.event_id, coalesce(b.import_id, 0), (%(at)s::timestamptz AT TIME ZONE 'UTC')::date
FROM (
    SELECT
        coalesce(alias.contact_id, staged.contact_id) AS contact_id, staged.event_id, staged.campaign_id,
        staged.message, staged.occurred_at, staged.batch_id
    FROM fold_staging staged
    LEFT JOIN LATERAL (
        SELECT contact_id FROM identity_alias WHERE former_id = staged.contact_id OFFSET 0
    ) alias ON true
) s
JOIN unnest(%(batch_ids)s::bigint[], %(import_ids)s::bigint[]) AS b (batch_id, import_id) USING (batch_id)
LEFT JOIN (SELECT contact_id, event_id, batch_id FROM fold_event WHERE fresh) f USING (contact_id, event_id, batch_id)
LEFT JOIN LATERAL (
    SELECT true AS found, e.import_id FROM event e
    WHERE f.contact_id IS NULL AND e.contact_id = s.contact_id AND e.campaign_id = s.campaign_id
        AND e.message = s.message AND e.occurred_at = s.occurred_at AND e.event_id = s.event_id
    LIMIT 1
) kept ON true
WHERE f.contact_id IS NULL
    AND (kept.found IS NULL OR (kept.import_id IS NOT NULL AND kept.import_id IS DISTINCT FROM b.import_id))
ON CONFLICT DO NOTHING
