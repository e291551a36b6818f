-- The one row is the first hour from `start` on of which less than `least` is usually here by now; null if there is none.
SELECT min(hour) AS hour
FROM hour_forecast
WHERE hour >= %(start)s AND share < %(least)s AND usual * (1 - share) >= 1
