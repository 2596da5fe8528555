// Which sets of access labels the documents of a collection carry.
// param collection: string
MATCH (d:Document)
WHERE d.collection = $collection
RETURN d.access AS access, count(*) AS documents
ORDER BY documents
