// How many practices of the organisations `ids` each document holds, by access labels.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)<-[:CARRIED_OUT_BY]-(p:Practice)
RETURN p.document AS document, p.access AS access, count(p) AS practices
ORDER BY document, practices
