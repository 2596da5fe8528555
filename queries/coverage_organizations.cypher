// What is proposed and decided for every requirement over the practices of the organisations `ids`, by access labels.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)<-[:CARRIED_OUT_BY]-(p:Practice)-[s:SATISFIES]->(q:Requirement)
RETURN q.id AS id, s.status AS status, p.access AS access, count(q) AS practices, max(s.confidence) AS best
ORDER BY id, status, practices, best
