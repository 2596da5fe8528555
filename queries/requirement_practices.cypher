// Every practice proposed or decided for one requirement, with what its evidence weighs.
// param id: string
// param statuses: strings
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement {id: $id})
WHERE s.status IN $statuses
OPTIONAL MATCH (p)-[:HAS_OUTCOME]->(o:Outcome)
OPTIONAL MATCH (p)-[:EVIDENCED_BY]->(e:Passage)
RETURN p.id AS id, s.status AS status, s.confidence AS confidence, p.access AS access,
       count(DISTINCT o.id) AS outcomes, count(DISTINCT e.id) AS passages
ORDER BY id
