"""Pure video code: no Prefect, no database, no network."""
