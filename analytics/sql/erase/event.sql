-- One row is an event of the contact, of nobody from now on.
INSERT INTO event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value
)
SELECT
    %(nobody)s, occurred_at, received_at, id.new, orders.new, links.new, networks.new, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, coalesce(message.new, ''), currency, amount, value
FROM erased_event e
JOIN erased_id id ON id.old = e.event_id
LEFT JOIN erased_number orders ON orders.old = e.order_key
LEFT JOIN erased_number links ON links.old = e.link
LEFT JOIN erased_number networks ON networks.old = e.network
LEFT JOIN erased_message message ON message.old = e.message
