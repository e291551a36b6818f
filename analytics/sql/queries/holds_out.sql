-- holds_out: the one row says whether a campaign held anybody out in a span.
SELECT EXISTS (
    SELECT FROM event
    WHERE campaign_id = %(campaign)s
        AND type = %(held_out)s
        AND occurred_at >= %(starts_at)s
        AND occurred_at < %(ends_at)s
) AS found
