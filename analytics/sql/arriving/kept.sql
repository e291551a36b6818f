-- One row is an event that was kept before arrivals were counted, of the weeks that are compared with.
SELECT occurred_at, received_at, source_id, import_id, type FROM event WHERE occurred_at >= now() - interval '43 days'
