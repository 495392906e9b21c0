"""A footage gets its pictures: a poster and a filmstrip in the library, for the lists and the player."""

from pathlib import Path
from uuid import UUID

from prefect import task

from models.footage import Footage
from tasks.media.previews import cut_previews
from tasks.policies import LOCAL
from tasks.probing import footage_info
from tasks.run_context import RunContext


@task(name="picture footage", task_run_name="picture {footage_id}", **LOCAL)
def picture_footage(run: RunContext, footage_id: UUID) -> None:
    """Makes sure that a footage has its poster and filmstrip; what can't be decoded is recorded.

    Raises:
        NotFound: the profile has no such footage.
        MediaToolTimedOut, RunStopped: from the media process.
    """
    with run.reading() as session:
        footage = session.require(Footage, footage_id)
    if _has(run, footage.poster_key) and _has(run, footage.filmstrip_key):
        return
    previews = cut_previews(
        run.storage.path(footage.storage_key),
        footage_info(footage),
        folder=run.folder("previews", str(footage_id)),
    )
    poster_key = _publish(run, footage_id, previews.poster, "-poster.jpg")
    filmstrip_key = _publish(run, footage_id, previews.filmstrip, "-filmstrip.jpg")
    with run.session() as session:
        footage = session.require(Footage, footage_id)
        footage.poster_key = poster_key
        footage.filmstrip_key = filmstrip_key
    if poster_key is None or filmstrip_key is None:
        run.warn(
            "no_preview",
            f"{footage.name} has no poster or filmstrip: the pictures for it can't be decoded.",
            footage_id=str(footage_id),
        )


def _has(run: RunContext, key: str | None) -> bool:
    return key is not None and run.storage.has(key)


def _publish(run: RunContext, footage_id: UUID, picture: Path | None, suffix: str) -> str | None:
    if picture is None:
        return None
    key = run.storage.key_for("footage", footage_id, suffix)
    run.storage.publish(picture, key)
    return key
