"""Video files into a profile's library: looked at, copied, pictured, cut into segments."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.run_life import live_run, run_name
from models.errors import BadInput, MediaToolFailed, MediaToolTimedOut
from models.project import Project
from models.project_changes import assign_footage
from models.run import Run
from tasks.footage_previews import picture_footage
from tasks.intake import RefusedFile, TakenFile, discard_source, take_in
from tasks.policies import task_runner
from tasks.run_context import RunContext, StagePlan, part_of
from tasks.segments import find_segments

#: Shares of the time, measured on 90 seconds of 1080p (225 MB).
STAGES = {"import footage": 10.0, "picture footage": 23.0, "find segments": 64.0, "remove sources": 3.0}


class ImportedFile(BaseModel):
    """A file that is in the library."""

    file: str
    footage_id: UUID
    is_known: bool
    """Its bytes were there already."""


class FileRefusal(BaseModel):
    """A file that is not, and why."""

    file: str
    reason: str


class ImportedFootage(BaseModel):
    """What the flow did."""

    run_id: UUID
    project_id: UUID | None
    imported: list[ImportedFile]
    refused: list[FileRefusal]


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], _title(asked["files"]))


@flow(
    name="import_footage",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def import_footage(
    profile_id: UUID,
    files: Sequence[Path],
    project_id: UUID | None = None,
    remove_source: bool = False,
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> ImportedFootage:
    """Takes files on this machine into a profile's library.

    A file that can't be used is recorded with its reason and does not stop the others.

    Args:
        profile_id: Whose library.
        files: Video files on this machine.
        project_id: Gets the footage at the end of its list.
        remove_source: Delete each file where it is, as the last step, once its copy is verified.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Importing costs nothing; taken because every flow takes it.

    Raises:
        NotFound: the profile has no such project.
        BadInput: no file, or none that can be used.
        Fault: the disk is full.
    """
    with live_run(
        profile_id,
        kind="import_footage",
        title=_title(files),
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={
            "files": [str(file) for file in files],
            "project_id": None if project_id is None else str(project_id),
            "remove_source": remove_source,
        },
    ) as run:
        if not files:
            raise BadInput("Name at least one video file to import.")
        if project_id is not None:
            with run.session() as session:
                session.require(Run, run.run_id).project_id = session.require(Project, project_id).id
        run.enter("import footage")
        taken, refused = take_in(run, files, run.progress("import footage"))
        if not taken:
            raise _all_refused(refused)
        footage_ids = list(dict.fromkeys(file.footage_id for file in taken))
        if project_id is not None:
            with run.session() as session:
                assign_footage(session, project_id, footage_ids)
        _look_through(run, footage_ids)
        if remove_source:
            _remove_sources(run, taken)
        return ImportedFootage(
            run_id=run.run_id,
            project_id=project_id,
            imported=[
                ImportedFile(file=str(file.path), footage_id=file.footage_id, is_known=file.is_known)
                for file in taken
            ],
            refused=[FileRefusal(file=str(file.path), reason=str(file.error)) for file in refused],
        )


def _look_through(run: RunContext, footage_ids: Sequence[UUID]) -> None:
    """Pictures and segments of each; a footage where that fails stays usable as far as it goes."""
    run.enter("picture footage")
    pictures = [picture_footage.submit(run, footage_id) for footage_id in footage_ids]
    report = run.progress("picture footage")
    for done, picture in enumerate(pictures, start=1):
        try:
            picture.result()
        except (MediaToolFailed, MediaToolTimedOut) as error:
            run.warn("no_preview", f"A poster or filmstrip could not be made: {error}")
        report(done / len(pictures))
    run.enter("find segments")
    report = run.progress("find segments")
    for done, footage_id in enumerate(footage_ids):
        try:
            find_segments(run, footage_id, part_of(report, done, len(footage_ids)))
        except (MediaToolFailed, MediaToolTimedOut) as error:
            run.warn("no_segments", f"Segments could not be found; making clips tries again. {error}")


def _remove_sources(run: RunContext, taken: Sequence[TakenFile]) -> None:
    run.enter("remove sources")
    removed = sum(discard_source(run, file) for file in taken)
    run.log.info("%d of %d files removed where they came from", removed, len(taken))


def _all_refused(refused: Sequence[RefusedFile]) -> BadInput:
    if len(refused) == 1:
        return refused[0].error
    return BadInput("None of the files can be used. " + " ".join(f"{file.error}." for file in refused))


def _title(files: Sequence[Path | str]) -> str:
    return f"import {Path(files[0]).name}" if len(files) == 1 else f"import {len(files)} files"
