-- One row is something that the contact did, with the names that a person knows.
SELECT
    e.occurred_at, e.type AS deed, campaign.name AS campaign, e.message, e.amount, e.currency, e.machine <> 0 AS by_machine,
    user_agent.text AS user_agent, source.name AS source, e.received_at, credited.name AS credited_to
FROM event e
LEFT JOIN campaign ON campaign.id = e.campaign_id
LEFT JOIN user_agent ON user_agent.id = e.user_agent_id
LEFT JOIN source ON source.id = e.source_id
LEFT JOIN campaign_attribution a ON a.contact_id = e.contact_id AND a.event_id = e.event_id AND a.model = 0
LEFT JOIN campaign credited ON credited.id = a.campaign_id
WHERE e.contact_id = %(contact)s
ORDER BY e.occurred_at, e.event_id
