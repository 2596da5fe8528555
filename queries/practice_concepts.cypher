// The terms, roles and mechanisms that one practice names.
// param id: string
MATCH (p:Practice {id: $id})-[r:USES|ASSIGNED_TO|EMPLOYS]->(b)
RETURN DISTINCT b.id AS id, b.title AS title, r.certainty AS certainty
ORDER BY id, certainty
