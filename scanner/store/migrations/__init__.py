"""Schema steps, in order; `scanner.store.store` applies them when a database is opened."""
