"""Tidies one profile: what killed runs, broken uploads and deletions left, and money held for nobody.

Without Prefect, so that a command can do it as well as the nightly flow.
"""

from uuid import UUID

from pydantic import BaseModel

from models.costs import check_ledger
from models.removal import sweep_removed_files
from models.session import Database
from models.settlement import expire_reservations
from models.storage import Storage
from models.tenant import now_utc
from tasks.leftovers import remove_old_archives, remove_old_uploads, remove_orphans
from tasks.run_context import profile_log
from tasks.run_end import end_killed_runs


class CleanedUp(BaseModel):
    """What was cleared away."""

    killed_runs: int
    """Runs whose process had died; their work dirs are gone."""
    files: int
    """Files deleted from the library: without a row, of deleted rows, or half copied."""
    archives: int
    """Archives for download that were kept long enough."""
    bytes: int
    """The size of these archives, and of the files that were whole."""
    uploads: int
    """Uploads that nobody had imported."""
    expired_reservations: int
    """Amounts that were held for calls nobody came back to."""
    ledger_mismatches: int
    """Counters of the ledger that are not what its lines say; 0 when all is well."""


def clean_profile(database: Database, profile_id: UUID) -> CleanedUp:
    """Clears away what a profile no longer needs. Nothing that a row names is touched.

    Archives for download go when they are old: what they were packed from stays.

    Raises:
        NotFound: there is no such profile.
    """
    log = profile_log(profile_id)
    settings = database.settings
    storage = Storage(settings.storage_dir, profile_id)
    now = now_utc()
    with database.profile_session(profile_id) as session:
        expired = expire_reservations(session, now)
    with database.profile_session(profile_id, read_only=True) as session:
        mismatches = check_ledger(session)
    for wrong in mismatches:
        log.error(
            "the counter of what is %s in %s says %d micro-USD, its lines say %d",
            wrong.counter,
            wrong.month,
            wrong.counted_micro_usd,
            wrong.true_micro_usd,
        )
    killed = end_killed_runs(database, profile_id)
    deleted, orphans = sweep_removed_files(database, storage), remove_orphans(database, profile_id)
    archives = remove_old_archives(settings, profile_id)
    cleaned = CleanedUp(
        killed_runs=len(killed),
        files=deleted.files + orphans.files + storage.remove_unfinished(),
        archives=archives.files,
        bytes=deleted.bytes + orphans.bytes + archives.bytes,
        uploads=remove_old_uploads(settings, profile_id),
        expired_reservations=len(expired),
        ledger_mismatches=len(mismatches),
    )
    log.info("cleaned up: %s", cleaned)
    return cleaned
