// What is proposed and decided for every requirement over the practices of a collection, by access labels.
// param collection: string
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement)
WHERE p.collection = $collection
RETURN q.id AS id, s.status AS status, p.access AS access, count(*) AS practices, max(s.confidence) AS best
ORDER BY id, status, practices, best
