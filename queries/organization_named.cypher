// The organisations with a title or short name.
// param name: string
MATCH (o:Organization)
WHERE o.title = $name OR o.short = $name
RETURN o.id AS id
ORDER BY id
