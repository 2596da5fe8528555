// Every practice and requirement between which something is proposed or decided, with what the review's order needs.
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement)
RETURN p.id AS practice, q.id AS requirement, q.clause AS clause, p.organization_id AS organization,
       p.collection AS collection, s.status AS status, s.confidence AS confidence, s.suspect AS suspect,
       p.access AS access
ORDER BY practice, requirement
