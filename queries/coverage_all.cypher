// What is proposed and decided for every requirement over all practices, by access labels.
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement)
RETURN q.id AS id, s.status AS status, p.access AS access, count(*) AS practices, max(s.confidence) AS best
ORDER BY id, status, practices, best
