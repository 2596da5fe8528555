// What organisations are called, by themselves and from the top down.
// param ids: strings
UNWIND $ids AS i
MATCH (o:Organization {id: i})
RETURN o.id AS id, o.title AS title, o.level AS level, o.path AS path
ORDER BY id
