// The same as hop_in_hub, out of relations of some kinds (unless `every`) from ends that may be seen (unless `open`): those without access labels, or with one of `labels`.
// param id: string
// param limit: int
// param every: bool
// param kinds: strings
// param open: bool
// param labels: strings
// slot label: label
MATCH (a:{{label}} {id: $id})<-[r]-(b)
WHERE ($every OR r.kind IN $kinds) AND ($open OR b.access IS NULL OR any(allowed IN $labels WHERE allowed IN b.access))
RETURN b.id AS source, a.id AS target, r.kind AS kind, r.certainty AS certainty, r.role AS role, r.status AS status,
       r.confidence AS confidence, r.why AS why, r.quote AS quote, r.sources AS sources
ORDER BY kind, source
LIMIT $limit
