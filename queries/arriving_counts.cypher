// How many relations arrive at each of the nodes `ids` of one label.
// param ids: strings
// slot label: label
UNWIND $ids AS i
MATCH (a:{{label}} {id: i})
OPTIONAL MATCH (a)<-[r]-(b)
RETURN a.id AS id, count(r) AS relations
ORDER BY id
