-- tags: one row is a tag of campaigns; those of most campaigns come first.
SELECT tag
FROM campaign, unnest(campaign.tags) AS tag
GROUP BY tag
ORDER BY count(*) DESC, tag
LIMIT %(limit)s
