-- reached_kept: `reached` as `reached_all` has kept it.
SELECT * FROM reached_message
