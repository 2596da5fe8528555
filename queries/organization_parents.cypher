// The organisations `ids` with up to four levels above each.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
OPTIONAL MATCH (o)-[:PART_OF]->(a:Organization)
OPTIONAL MATCH (a)-[:PART_OF]->(b:Organization)
OPTIONAL MATCH (b)-[:PART_OF]->(c:Organization)
OPTIONAL MATCH (c)-[:PART_OF]->(d:Organization)
RETURN o.id AS id, o.title AS title, o.level AS level,
       a.title AS parent_1, b.title AS parent_2, c.title AS parent_3, d.title AS parent_4
ORDER BY id
