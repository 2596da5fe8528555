// Which sets of access labels the practices of the organisations `ids` carry.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)<-[:CARRIED_OUT_BY]-(p:Practice)
RETURN o.id AS id, p.access AS access, count(p) AS practices
ORDER BY id, practices
