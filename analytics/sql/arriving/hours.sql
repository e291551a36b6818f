-- One row is what is known of one hour and kind of event; those that are as they were are left alone.
INSERT INTO hour_forecast AS kept (hour, kind, arrived, unknown, to_come, usual, share)
SELECT * FROM unnest(
    %(hours)s::timestamptz[], %(kinds)s::smallint[], %(arrived)s::bigint[], %(unknown)s::bigint[],
    %(to_come)s::double precision[], %(usual)s::double precision[], %(share)s::double precision[]
)
ON CONFLICT (hour, kind) DO UPDATE SET
    arrived = excluded.arrived, unknown = excluded.unknown, to_come = excluded.to_come, usual = excluded.usual,
    share = excluded.share
WHERE (kept.arrived, kept.unknown, kept.to_come, kept.usual, kept.share)
    IS DISTINCT FROM (excluded.arrived, excluded.unknown, excluded.to_come, excluded.usual, excluded.share)
