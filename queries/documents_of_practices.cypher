// How many practices each document holds, by access labels.
MATCH (p:Practice)
RETURN p.document AS document, p.access AS access, count(*) AS practices
ORDER BY document, practices
