"""Stages of a run: thin Prefect tasks over the pure code in `tasks.media` and `tasks.providers`."""
