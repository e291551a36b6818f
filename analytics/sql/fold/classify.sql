-- Sets which machine rule each open and click at work falls under, 0 for none: `machine_rules.MACHINE_RULES` in order.
WITH touch AS (
    SELECT * FROM fold_event WHERE type IN (5, 6)
),
delivery AS (
    SELECT contact_id, campaign_id, message, min(occurred_at) AS delivered_at
    FROM fold_event WHERE type = 2 GROUP BY 1, 2, 3
),
busy AS (
    SELECT contact_id, campaign_id, message FROM touch
    GROUP BY 1, 2, 3 HAVING count(*) >= least(%(burst_links)s, %(networks)s)
),
onward AS ( -- what follows each touch of a busy message
    SELECT
        contact_id, campaign_id, message, event_id, occurred_at, type,
        array_agg(link) FILTER (WHERE type = 6) OVER links AS links, array_agg(network) OVER networks AS networks
    FROM touch JOIN busy USING (contact_id, campaign_id, message)
    WINDOW
        message AS (PARTITION BY contact_id, campaign_id, message ORDER BY occurred_at),
        links AS (message RANGE BETWEEN CURRENT ROW AND make_interval(secs => %(burst_seconds)s) FOLLOWING),
        networks AS (message RANGE BETWEEN CURRENT ROW AND make_interval(secs => %(network_seconds)s) FOLLOWING)
),
counted AS (
    SELECT
        contact_id, campaign_id, message, event_id, occurred_at, type,
        (SELECT count(DISTINCT l) FROM unnest(links) l) AS links,
        (SELECT count(DISTINCT n) FROM unnest(networks) n) AS networks
    FROM onward
),
burst AS ( -- whether a touch lies in any such window
    SELECT
        contact_id, event_id,
        type = 6 AND max(links) OVER (
            message RANGE BETWEEN make_interval(secs => %(burst_seconds)s) PRECEDING AND CURRENT ROW
        ) >= %(burst_links)s AS links,
        max(networks) OVER (
            message RANGE BETWEEN make_interval(secs => %(network_seconds)s) PRECEDING AND CURRENT ROW
        ) >= %(networks)s AS networks
    FROM counted
    WINDOW message AS (PARTITION BY contact_id, campaign_id, message ORDER BY occurred_at)
),
class AS (
    SELECT
        t.contact_id, t.event_id,
        CASE
            WHEN t.flagged THEN 1
            WHEN a.is_machine THEN 2
            WHEN t.occurred_at >= d.delivered_at
                AND t.occurred_at < d.delivered_at + make_interval(secs => %(open_seconds)s) THEN 3
            WHEN b.links THEN 4
            WHEN b.networks THEN 5
            ELSE 0
        END AS machine
    FROM touch t
    LEFT JOIN delivery d USING (contact_id, campaign_id, message)
    LEFT JOIN user_agent a ON a.id = t.user_agent_id
    LEFT JOIN burst b ON b.contact_id = t.contact_id AND b.event_id = t.event_id
)
UPDATE fold_event f SET machine = class.machine, rules_version = %(rules_version)s
FROM class
WHERE f.contact_id = class.contact_id AND f.event_id = class.event_id AND f.machine <> class.machine
