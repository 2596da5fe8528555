// Which kinds the RELATED relations have.
MATCH (a)-[r:RELATED]->(b)
RETURN DISTINCT r.kind AS kind
ORDER BY kind
