// How surely the practices `ids` evidence which requirements and clauses.
// param ids: strings
UNWIND $ids AS i
MATCH (p:Practice {id: i})
OPTIONAL MATCH (p)-[r:SATISFIES|EVIDENCES]->(b)
RETURN p.id AS practice, b.id AS id, r.status AS status, r.confidence AS confidence
ORDER BY practice, id
