-- One row is a contact that has events now, perhaps for the first time.
INSERT INTO contact (id, created_at)
SELECT merged.contact, min(created_at)
FROM unnest(%(formers)s::bigint[], %(contacts)s::bigint[]) AS merged (former, contact) JOIN contact ON id = former
GROUP BY 1
ON CONFLICT (id) DO NOTHING
