// How many practices one document holds, by access labels.
// param id: string
MATCH (p:Practice)-[:PART_OF]->(d:Document {id: $id})
RETURN p.access AS access, count(*) AS practices
ORDER BY practices
