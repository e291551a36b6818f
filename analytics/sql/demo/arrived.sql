-- One row is an event of a source, as if it had come when it happened, of the weeks that arrivals are kept for.
SELECT occurred_at, occurred_at AS received_at, source_id, import_id, type FROM event
WHERE source_id = %(source)s AND occurred_at >= %(since)s
