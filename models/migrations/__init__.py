"""Alembic migrations, run by `models.session`."""
