-- reached_all: `reached` of all campaigns, kept for the questions of one transaction, so that all events are gone through
-- once and the planner knows how many messages there are.
CREATE TEMPORARY TABLE reached_message ON COMMIT DROP AS
{{reached}}
