// How many practices stand at which status for one requirement, by their access labels.
// param id: string
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement {id: $id})
RETURN s.status AS status, p.access AS access, count(*) AS practices
ORDER BY status, practices
