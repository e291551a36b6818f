-- One row is a step of how long events wait to be counted, by the lower ends of the steps, with how many events there are.
SELECT width_bucket(extract(epoch FROM %(now)s - received_at)::float, %(bounds)s::float[]) AS step, sum(rows)::bigint AS events
FROM inbox WHERE state = 'waiting'
GROUP BY 1
