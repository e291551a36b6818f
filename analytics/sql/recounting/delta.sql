-- One row is what one measure of one campaign is more, or less, than it was, in one hour on one date basis.
INSERT INTO fold_delta (basis, campaign_id, hour, measure, amount)
SELECT basis, campaign_id, hour, measure, sum(amount)
FROM (
    SELECT basis, campaign_id, hour, measure, amount FROM recount_delta
    UNION ALL
    SELECT basis, campaign_id, hour, measure, -amount FROM recounted_before
) versions
GROUP BY 1, 2, 3, 4
HAVING sum(amount) <> 0
