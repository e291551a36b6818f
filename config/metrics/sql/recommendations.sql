-- One row is a sample: its series, the values of its labels, its value.
SELECT 'marketing_recommendations', ARRAY[state::text], count(*)::float FROM recommendation GROUP BY state
