// Every relation that leaves one node, with its properties.
// param id: string
// slot label: label
MATCH (a:{{label}} {id: $id})-[r]->(b)
RETURN a.id AS source, b.id AS target, r.kind AS kind, r.certainty AS certainty, r.role AS role, r.status AS status,
       r.confidence AS confidence, r.why AS why, r.quote AS quote, r.sources AS sources
ORDER BY kind, target
