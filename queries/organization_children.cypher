// The organisations one level below any of `ids`.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)<-[:PART_OF]-(x:Organization)
RETURN DISTINCT x.id AS id
ORDER BY id
