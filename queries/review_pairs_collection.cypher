// The same as review_pairs_all, for the practices of a collection.
// param collection: string
MATCH (p:Practice)-[s:SATISFIES]->(q:Requirement)
WHERE p.collection = $collection
RETURN p.id AS practice, q.id AS requirement, q.clause AS clause, p.organization_id AS organization,
       p.collection AS collection, s.status AS status, s.confidence AS confidence, s.suspect AS suspect,
       p.access AS access
ORDER BY practice, requirement
