-- budgets: one row is a campaign that has a budget and is neither planned nor ended, and what it has cost in all its
-- life. `rate` is what one unit of the budget's currency is worth, as last known; null where nobody knows.
SELECT
    campaign.id AS campaign,
    campaign.budget,
    campaign.currency,
    campaign.starts_at,
    campaign.ends_at,
    (
        SELECT sum(cost.value) FROM campaign_costs AS cost
        WHERE cost.campaign_id = campaign.id AND cost.date <= %(day)s
    ) AS spent,
    (
        SELECT rate.rate FROM currency_rate AS rate
        WHERE rate.currency = campaign.currency AND rate.day <= %(day)s
        ORDER BY rate.day DESC
        LIMIT 1
    ) AS rate
FROM campaign
WHERE campaign.budget > 0 AND campaign.status IN ('running', 'paused')
