// Every relation that leaves the nodes `ids` of one label, with its properties.
// param ids: strings
// slot label: label
UNWIND $ids AS i
MATCH (a:{{label}} {id: i})
OPTIONAL MATCH (a)-[r]->(b)
RETURN a.id AS source, b.id AS target, r.kind AS kind, r.certainty AS certainty, r.role AS role, r.status AS status,
       r.confidence AS confidence, r.why AS why, r.quote AS quote, r.sources AS sources
ORDER BY source, kind, target
