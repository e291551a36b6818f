-- One row is a slot of a series. What is there already grows by what is given, step by step; in the order of the key,
-- so that processes that write at the same moment wait for one another and never in a circle.
INSERT INTO level_slot (series, width, at, counts, bad)
SELECT series, width, at, counts, bad
FROM jsonb_to_recordset(%(slots)s::jsonb) AS given (series text, width integer, at timestamptz, counts integer[], bad integer)
ORDER BY series, width, at
ON CONFLICT (series, width, at) DO UPDATE SET
    counts = ARRAY(
        SELECT coalesce(kept, 0) + coalesce(more, 0)
        FROM unnest(level_slot.counts, excluded.counts) WITH ORDINALITY AS step (kept, more, number)
        ORDER BY number
    ),
    bad = level_slot.bad + excluded.bad
