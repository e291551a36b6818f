-- While a rebuild runs: all that contacts did whom it has counted already, as it was (sign -1) or as it is now (sign 1).
INSERT INTO rebuild_touched (version, sign, contact_id, campaign_id, message, type, occurred_at, machine)
SELECT
    data_version.version, %(sign)s, e.contact_id, e.campaign_id, e.message, e.type, e.occurred_at, e.machine_kept
FROM rebuild CROSS JOIN data_version CROSS JOIN recount_event e
WHERE rebuild.seen_at > clock_timestamp() - interval '1 hour' AND e.contact_id <= rebuild.counted_to
