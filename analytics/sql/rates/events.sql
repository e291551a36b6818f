-- Sets the value of each event with money by the rate of its day, where that changed.
UPDATE event e SET value = now.value
FROM (
    SELECT
        k.contact_id, k.campaign_id, k.message, k.occurred_at, k.event_id,
        CASE
            WHEN k.currency = %(currency)s THEN round(k.amount, %(decimals)s)
            ELSE round(k.amount * r.rate, %(decimals)s)
        END AS value
    FROM event k
    LEFT JOIN LATERAL (
        SELECT rate FROM currency_rate
        WHERE k.currency <> %(currency)s AND currency = k.currency
            AND day <= (k.occurred_at AT TIME ZONE %(zone)s)::date
        ORDER BY day DESC LIMIT 1
    ) r ON true
    WHERE k.type IN (7, 8) AND (%(currencies)s::text[] IS NULL OR k.currency = ANY(%(currencies)s::text[]))
        AND k.occurred_at >= coalesce(%(since)s::date::timestamp AT TIME ZONE %(zone)s, '-infinity')
        AND k.occurred_at < coalesce(%(until)s::date::timestamp AT TIME ZONE %(zone)s, 'infinity')
) now
WHERE e.contact_id = now.contact_id AND e.campaign_id = now.campaign_id AND e.message = now.message AND e.occurred_at = now.occurred_at
    AND e.event_id = now.event_id AND e.value IS DISTINCT FROM now.value
