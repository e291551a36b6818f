-- One row is a fresh event, kept from now on. In key order, so that neighbours fall on the same pages.
INSERT INTO event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value
)
SELECT
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value
FROM fold_event WHERE fresh ORDER BY contact_id, campaign_id, occurred_at
