// The same as review_pairs_all, for the practices of the organisations `ids`.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)<-[:CARRIED_OUT_BY]-(p:Practice)-[s:SATISFIES]->(q:Requirement)
RETURN p.id AS practice, q.id AS requirement, q.clause AS clause, p.organization_id AS organization,
       p.collection AS collection, s.status AS status, s.confidence AS confidence, s.suspect AS suspect,
       p.access AS access
ORDER BY practice, requirement
