"""What only the Neo4j engine has: indexes, faults of a server and of the way to it, backups as files."""
