"""A file whose row is gone and that is still to be deleted.

Written in the transaction that deletes the row, so that a crash before the file is gone forgets nothing.
"""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel


class RemovedFile(TenantModel, table=True):
    """One key of the library; `models.removal.sweep_removed_files` deletes the file, then this row."""

    __tablename__ = "removed_file"
    __table_args__ = (UniqueConstraint("profile_id", "storage_key"),)

    storage_key: str = Field(max_length=255)
