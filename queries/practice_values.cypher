// What practices state as their industry or ownership, commonest first, by the sets of access labels they carry.
// slot property: industry | ownership
MATCH (p:Practice)
WHERE p.{{property}} IS NOT NULL
RETURN p.{{property}} AS value, p.access AS access, count(*) AS practices
ORDER BY practices DESC, value
