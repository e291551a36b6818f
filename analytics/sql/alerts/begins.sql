-- begins: the one row is the first hour of which anything is known, by the date of the event, and the first day of which
-- a cost is; null where nothing is. What was before was not nothing, it is unknown.
SELECT
    (SELECT min(hour) FROM campaign_hourly WHERE basis = %(event)s) AS hour,
    (SELECT min(date) FROM campaign_costs) AS day
