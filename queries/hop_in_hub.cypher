// The first relations that arrive at one node, which may have thousands.
// param id: string
// param limit: int
// slot label: label
MATCH (a:{{label}} {id: $id})<-[r]-(b)
RETURN b.id AS source, a.id AS target, r.kind AS kind, r.certainty AS certainty, r.role AS role, r.status AS status,
       r.confidence AS confidence, r.why AS why, r.quote AS quote, r.sources AS sources
ORDER BY kind, source
LIMIT $limit
