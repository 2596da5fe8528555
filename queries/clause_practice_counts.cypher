// How many practices evidence each clause, by status and access labels.
MATCH (p:Practice)-[e:EVIDENCES]->(c:Clause)
RETURN c.id AS id, e.status AS status, p.access AS access, count(*) AS practices
ORDER BY id, status, practices
