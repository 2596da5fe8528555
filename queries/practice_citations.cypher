// The documents and clauses that one practice's passages cite.
// param id: string
MATCH (p:Practice {id: $id})-[:EVIDENCED_BY]->(s:Passage)-[r:CITES]->(b)
RETURN DISTINCT b.id AS id, b.title AS title, r.certainty AS certainty
ORDER BY id, certainty
