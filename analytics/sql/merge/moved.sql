-- What came under a former number is the contact's. By the list of numbers, too, for that is what the planner goes by.
UPDATE {{table}} SET contact_id = merged.contact
FROM unnest(%(formers)s::bigint[], %(contacts)s::bigint[]) AS merged (former, contact)
WHERE {{table}}.contact_id = merged.former AND {{table}}.contact_id = ANY(%(formers)s) AND {{which}}
