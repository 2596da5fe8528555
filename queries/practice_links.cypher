// What the practices `ids` evidence, rest on, resulted in, and who carried them out: one row a relation.
// param ids: strings
UNWIND $ids AS i
MATCH (p:Practice {id: i})
OPTIONAL MATCH (p)-[r:SATISFIES|EVIDENCES|EVIDENCED_BY|HAS_OUTCOME|CARRIED_OUT_BY|PART_OF]->(b)
RETURN p.id AS practice, r.kind AS kind, b.id AS id, b.title AS title, b.clause AS clause, b.`order` AS place,
       r.confidence AS confidence, r.status AS status, r.relation AS relation, r.method AS method, r.model AS model,
       r.explanation AS explanation, r.reviewer AS reviewer, r.reviewed_at AS reviewed_at, r.comment AS remark, r.suspect AS suspect,
       r.quote AS quote, r.start AS from_offset, r.`end` AS to_offset,
       b.heading AS heading, b.page AS page, b.slide AS slide, b.sheet AS sheet, b.row AS table_row, b.document AS document,
       b.indicator AS indicator, b.value AS value, b.value_text AS value_text, b.unit AS unit, b.direction AS direction,
       b.quote AS outcome_quote, b.start AS outcome_from, b.`end` AS outcome_to,
       b.collection AS collection, b.name AS name, b.sample AS sample, b.level AS level, b.path AS path
ORDER BY practice, kind, id
