// How many practices each document of a collection holds, by access labels.
// param collection: string
MATCH (p:Practice)
WHERE p.collection = $collection
RETURN p.document AS document, p.access AS access, count(*) AS practices
ORDER BY document, practices
