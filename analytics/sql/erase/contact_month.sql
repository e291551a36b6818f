-- One row is a month in which nobody converted, or gave something back.
INSERT INTO contact_month (contact_id, month, conversions, revenue)
SELECT %(nobody)s, month, conversions, revenue FROM erased_month
