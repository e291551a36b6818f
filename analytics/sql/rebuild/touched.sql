-- While a rebuild runs, booked with every fold: what changed of contacts that it has counted already. Of conversions and
-- refunds the contact is enough.
INSERT INTO rebuild_touched (version, sign, contact_id, campaign_id, message, type, occurred_at, machine)
SELECT r.version, t.*
FROM (
    SELECT data_version.version, rebuild.counted_to FROM rebuild CROSS JOIN data_version
    WHERE rebuild.seen_at > clock_timestamp() - interval '1 hour'
) r
CROSS JOIN LATERAL ( -- looked through only while there is one
    SELECT * FROM (
        {{versions}}
        UNION ALL
        SELECT 1, contact_id, 0, '', type, occurred_at, 0 FROM fold_event WHERE fresh AND type IN (7, 8)
        UNION ALL
        SELECT 1, contact_id, 0, '', type, occurred_at, 0 FROM fold_credit WHERE version = 1
    ) at_work
    WHERE contact_id <= r.counted_to OFFSET 0
) t
