-- One row is a kept event of a (contact, campaign, message) that a fresh event belongs to: what the fresh ones may
-- change, a first time, a send date or a burst, shows only beside these. Conversions, refunds (7, 8: the ledger's) and
-- holdouts (12: no measure) are not among them. `most` is where reading stops for a message and month: a larger one is
-- for fold/large.sql; null = nowhere.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value, machine_before, fresh, settled
)
SELECT
    e.contact_id, e.occurred_at, e.received_at, e.event_id, e.order_key, e.link, e.network, e.import_id, e.campaign_id,
    e.source_id, e.user_agent_id, e.type, e.machine, e.rules_version, e.flagged, e.message, e.currency, e.amount,
    e.value, e.machine, false, false
FROM (
    {{groups}}
) g
JOIN campaign_month m USING (campaign_id)
CROSS JOIN LATERAL (
    SELECT * FROM event
    WHERE contact_id = g.contact_id AND campaign_id = g.campaign_id AND message = g.message
        AND occurred_at >= m.starts_at AND occurred_at < m.ends_at AND type NOT IN (7, 8, 12)
    LIMIT %(most)s OFFSET 0
) e
