// Every relation that arrives at the nodes `ids` of one label.
// param ids: strings
// slot label: label
UNWIND $ids AS i
MATCH (a:{{label}} {id: i})
OPTIONAL MATCH (a)<-[r]-(b)
RETURN b.id AS source, a.id AS target, r.kind AS kind, r.certainty AS certainty, r.role AS role, r.status AS status,
       r.confidence AS confidence, r.why AS why, r.quote AS quote, r.sources AS sources
ORDER BY target, kind, source
