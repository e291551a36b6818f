-- One row is an event not kept yet: the first of its (contact, event id) in order of arrival, whatever time a repeat
-- carries. `value` is its money in the reporting currency by the rate of its day, null while there is none. What came
-- under a number that is another contact's by now is that one's.
INSERT INTO fold_event (
    contact_id, occurred_at, received_at, event_id, order_key, link, network, import_id, campaign_id, source_id,
    user_agent_id, type, machine, rules_version, flagged, message, currency, amount, value, fresh, batch_id
)
SELECT
    s.whose, s.occurred_at, b.received_at, s.event_id, s.order_key, s.link, s.network, b.import_id, s.campaign_id,
    b.source_id, s.user_agent_id, s.type, 0, %(rules_version)s, s.flagged, s.message, s.currency, s.amount,
    CASE
        WHEN s.currency = %(currency)s THEN round(s.amount, %(decimals)s)
        ELSE round(s.amount * r.rate, %(decimals)s)
    END,
    true, s.batch_id
FROM (
    SELECT DISTINCT ON (whose, event_id) *
    FROM (
        SELECT fold_staging.*, coalesce(merged.into_id, fold_staging.contact_id) AS whose
        FROM fold_staging
        LEFT JOIN LATERAL (
            SELECT contact_id AS into_id FROM identity_alias WHERE former_id = fold_staging.contact_id OFFSET 0
        ) merged ON true
    ) staged
    ORDER BY whose, event_id, batch_id, line
) s
JOIN unnest(%(batch_ids)s::bigint[], %(received_at)s::timestamptz[], %(source_ids)s::integer[], %(import_ids)s::bigint[])
    AS b (batch_id, received_at, source_id, import_id) USING (batch_id)
LEFT JOIN LATERAL (
    SELECT true AS known FROM event_key k WHERE k.contact_id = s.whose AND k.event_id = s.event_id LIMIT 1
) k ON true
LEFT JOIN LATERAL (
    SELECT rate FROM currency_rate
    WHERE s.currency <> %(currency)s AND currency = s.currency
        AND day <= (s.occurred_at AT TIME ZONE %(zone)s)::date
    ORDER BY day DESC LIMIT 1
) r ON true
WHERE k.known IS NULL
