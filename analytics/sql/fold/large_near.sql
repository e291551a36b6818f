-- One row is a kept touch of a message read in brief near a fresh touch: close enough to be in one burst with it, or,
-- `settled` (its class stays), to be in one with such a touch.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value, machine_before, fresh, settled
)
WITH slots AS (
    SELECT DISTINCT
        contact_id, campaign_id, message,
        date_bin(2 * make_interval(secs => %(network_seconds)s), occurred_at, 'epoch') AS at
    FROM fold_event JOIN fold_large USING (contact_id, campaign_id, message)
    WHERE brief AND fresh AND type IN (5, 6)
),
near AS (
    SELECT
        e.*,
        bool_or(
            e.occurred_at >= s.at - 2 * make_interval(secs => %(network_seconds)s)
            AND e.occurred_at < s.at + 4 * make_interval(secs => %(network_seconds)s)
        ) OVER (PARTITION BY e.contact_id, e.event_id) AS within_reach,
        row_number() OVER (PARTITION BY e.contact_id, e.event_id) AS time
    FROM slots s
    JOIN campaign_month m ON m.campaign_id = s.campaign_id
        AND m.ends_at > s.at - 4 * make_interval(secs => %(network_seconds)s)
        AND m.starts_at < s.at + 6 * make_interval(secs => %(network_seconds)s)
    CROSS JOIN LATERAL (
        SELECT * FROM event
        WHERE contact_id = s.contact_id AND campaign_id = s.campaign_id AND message = s.message
            AND occurred_at >= greatest(m.starts_at, s.at - 4 * make_interval(secs => %(network_seconds)s))
            AND occurred_at < least(m.ends_at, s.at + 6 * make_interval(secs => %(network_seconds)s))
            AND type IN (5, 6)
        OFFSET 0
    ) e
)
SELECT
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value, machine, false,
    NOT within_reach
FROM near WHERE time = 1
