"""Prefect flows: what a person or a schedule starts."""
