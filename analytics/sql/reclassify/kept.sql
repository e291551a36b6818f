-- One row is a kept event of a (contact, campaign, message) whose opens and clicks are to be classed anew: whole, since
-- bursts show only among neighbours.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value, machine_before, fresh
)
SELECT
    e.contact_id, e.occurred_at, e.received_at, e.event_id, e.order_key, e.link, e.network, e.import_id, e.campaign_id,
    e.source_id, e.user_agent_id, e.type, e.machine, e.rules_version, e.flagged, e.message, e.currency, e.amount,
    e.value, e.machine, false
FROM event e
JOIN (
    SELECT DISTINCT contact_id, campaign_id, message FROM event
    WHERE contact_id BETWEEN %(first)s AND %(last)s AND type IN (5, 6)
        AND (%(all)s OR rules_version <> %(rules_version)s)
        AND (%(starts_at)s::timestamptz IS NULL OR occurred_at >= %(starts_at)s)
        AND (%(ends_at)s::timestamptz IS NULL OR occurred_at < %(ends_at)s)
) g USING (contact_id, campaign_id, message)
WHERE e.contact_id BETWEEN %(first)s AND %(last)s AND e.type NOT IN (7, 8, 12)
