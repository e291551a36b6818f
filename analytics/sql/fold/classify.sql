-- Sets which machine rule each open and click at work falls under, 0 for none: `machine_rules.MACHINE_RULES` in order.
--
-- Bursts: a touch lies in one when some touch at most so many seconds before it begins a stretch in which three different
-- marks (links clicked, networks used) come within as many seconds. Found by sorting alone, for one contact may have any
-- number of touches: in a sequence of runs of equal marks, the third mark is that of the first run, two or more later,
-- that differs from the run two before it.
WITH touch AS MATERIALIZED (
    SELECT * FROM fold_event WHERE type IN (5, 6)
),
delivery AS (
    SELECT contact_id, campaign_id, message, min(occurred_at) AS delivered_at
    FROM fold_event WHERE type = 2 GROUP BY 1, 2, 3
),
busy AS (
    SELECT contact_id, campaign_id, message FROM touch GROUP BY 1, 2, 3 HAVING count(*) >= 3
),
marked AS MATERIALIZED (
    SELECT
        contact_id, campaign_id, message, event_id, occurred_at, signal.name AS signal, signal.mark, signal.length
    FROM touch JOIN busy USING (contact_id, campaign_id, message)
    CROSS JOIN LATERAL (
        VALUES
            ('link', CASE WHEN type = 6 THEN link END, make_interval(secs => %(burst_seconds)s)),
            ('network', network, make_interval(secs => %(network_seconds)s))
    ) AS signal (name, mark, length)
),
compared AS (
    SELECT *, mark IS DISTINCT FROM lag(mark) OVER message AS begins_run
    FROM marked WHERE mark IS NOT NULL
    WINDOW message AS (PARTITION BY contact_id, campaign_id, message, signal ORDER BY occurred_at, event_id)
),
numbered AS MATERIALIZED (
    SELECT *, count(*) FILTER (WHERE begins_run) OVER message AS run
    FROM compared
    WINDOW message AS (PARTITION BY contact_id, campaign_id, message, signal ORDER BY occurred_at, event_id)
),
runs AS (
    SELECT *, mark <> lag(mark, 2) OVER message AS is_third
    FROM numbered WHERE begins_run
    WINDOW message AS (PARTITION BY contact_id, campaign_id, message, signal ORDER BY run)
),
thirds AS (
    SELECT
        contact_id, campaign_id, message, signal, run,
        min(occurred_at) FILTER (WHERE is_third) OVER (
            PARTITION BY contact_id, campaign_id, message, signal ORDER BY run DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING
        ) AS third_at
    FROM runs
),
stretch AS ( -- when the third mark comes, counted from each touch on
    SELECT
        m.*,
        min(t.third_at) OVER (
            PARTITION BY m.contact_id, m.campaign_id, m.message, m.signal ORDER BY m.occurred_at DESC
        ) AS third_at
    FROM marked m
    LEFT JOIN numbered n
        ON n.contact_id = m.contact_id AND n.event_id = m.event_id AND n.signal = m.signal
    LEFT JOIN thirds t
        ON t.contact_id = n.contact_id AND t.campaign_id = n.campaign_id AND t.message = n.message
            AND t.signal = n.signal AND t.run = n.run
),
covered AS (
    SELECT
        contact_id, event_id, signal,
        max(occurred_at) FILTER (WHERE third_at <= occurred_at + length) OVER (
            PARTITION BY contact_id, campaign_id, message, signal ORDER BY occurred_at
        ) >= occurred_at - length AS holds
    FROM stretch
),
burst AS (
    SELECT
        contact_id, event_id,
        bool_or(holds) FILTER (WHERE signal = 'link') AS links,
        bool_or(holds) FILTER (WHERE signal = 'network') AS networks
    FROM covered GROUP BY 1, 2
),
class AS (
    SELECT
        t.contact_id, t.event_id,
        CASE
            WHEN t.flagged THEN 1
            WHEN a.is_machine THEN 2
            WHEN t.occurred_at >= d.delivered_at
                AND t.occurred_at < d.delivered_at + make_interval(secs => %(open_seconds)s) THEN 3
            WHEN t.type = 6 AND b.links THEN 4
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
WHERE f.contact_id = class.contact_id AND f.event_id = class.event_id AND f.machine <> class.machine AND NOT f.settled
