"""Who logs in to PostgreSQL, and what each may do there."""
