-- One row is what one measure of one campaign should be in one hour, on one date basis, by the contacts at work alone.
INSERT INTO recount_delta
SELECT * FROM ({{engagement}}) engagement
UNION ALL
SELECT * FROM ({{credit}}) credit
