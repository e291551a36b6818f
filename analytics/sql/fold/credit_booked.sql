-- One row is a booked conversion or refund whose credit the fresh events may change: a conversion that names no campaign
-- and has a touch in its window that is new or of another class (looked up by day), or any whose credited message moved.
INSERT INTO fold_credit
SELECT a.*, -1
FROM (
    SELECT DISTINCT contact_id, date_bin('1 day', occurred_at, 'epoch') AS day FROM fold_event
    WHERE type IN (5, 6) AND (fresh AND machine = 0 OR machine <> machine_before)
) t
CROSS JOIN LATERAL (
    SELECT {{booked}}
    FROM campaign_attribution
    WHERE contact_id = t.contact_id AND type = 7 AND model = 0 AND named_campaign_id = 0
        AND occurred_at >= t.day AND occurred_at < t.day + make_interval(days => %(window_days)s + 1)
    OFFSET 0
) a
UNION
SELECT a.*, -1
FROM (
    {{messages_moved}}
) s
CROSS JOIN LATERAL (
    SELECT {{booked}}
    FROM campaign_attribution
    WHERE contact_id = s.contact_id AND campaign_id = s.campaign_id AND message = s.message AND type IN (7, 8) AND model = 0
    OFFSET 0
) a
