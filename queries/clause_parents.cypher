// Which clause lies in which.
MATCH (c:Clause)-[r:PART_OF]->(p:Clause)
RETURN c.id AS id, p.id AS parent
ORDER BY id, parent
