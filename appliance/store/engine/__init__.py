"""How a database is held: connections, commits, and what its errors mean."""
