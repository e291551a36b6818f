-- by_channel: one row is the sums of one channel; channel null is what belongs to no campaign.
WITH scoped AS (
{{scoped}}
)
SELECT
    channel,
{{sums}}
FROM scoped
WHERE position = 1
GROUP BY channel
