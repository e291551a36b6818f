-- One row is what one measure of one campaign should be in one hour, on one date basis, from `event` alone.
CREATE TEMPORARY TABLE recount_delta ON COMMIT DROP AS
SELECT * FROM ({{engagement}}) engagement
UNION ALL
SELECT * FROM ({{credit}}) credit
