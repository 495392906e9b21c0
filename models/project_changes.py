"""Making and changing projects, and choosing their footage; deleting them is in `models.removal`.

Only what a person may edit is changed here. A project's state belongs to its runs.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, func, select

from models.clip import Clip
from models.edit import Edit
from models.errors import BadInput
from models.footage import Footage
from models.limits import check_duration
from models.live_runs import live_run_on_project, refuse_while_live
from models.project import Project, ProjectFootage
from models.session import ProfileSession

MAX_PROJECT_NAME = 200
MAX_DESCRIPTION = 2000
MAX_CONTEXT = 8000


def create_project(
    session: ProfileSession,
    name: str,
    *,
    description: str = "",
    context: str = "",
    target_duration_s: float = 30.0,
    footage_ids: Sequence[UUID] = (),
) -> Project:
    """Adds a project.

    Args:
        session: A writing one.
        name: Unique in the profile.
        description: For people.
        context: What the analysis should know.
        target_duration_s: How long its clips should be.
        footage_ids: What it is cut from, in order; may come later.

    Raises:
        BadInput: a name that is taken, or a value that can't be used.
        NotFound: the profile has no such footage.
    """
    name = project_name(name)
    check_duration(target_duration_s)
    _refuse_taken_name(session, name, None)
    project = Project(
        profile_id=session.profile_id,
        name=name,
        description=_checked_text("description", description, MAX_DESCRIPTION),
        context=_checked_text("context", context, MAX_CONTEXT),
        target_duration_s=target_duration_s,
    )
    session.add(project)
    session.flush()
    assign_footage(session, project.id, footage_ids)
    return project


def change_project(
    session: ProfileSession,
    project_id: UUID,
    *,
    name: str | None = None,
    description: str | None = None,
    context: str | None = None,
    target_duration_s: float | None = None,
) -> Project:
    """Changes what is given and leaves the rest; clips that exist keep their length.

    Raises:
        NotFound: the profile has no such project.
        BadInput: a name that is taken, or a value that can't be used.
    """
    project = session.require(Project, project_id)
    if name is not None:
        name = project_name(name)
        _refuse_taken_name(session, name, project_id)
        project.name = name
    if description is not None:
        project.description = _checked_text("description", description, MAX_DESCRIPTION)
    if context is not None:
        project.context = _checked_text("context", context, MAX_CONTEXT)
    if target_duration_s is not None:
        check_duration(target_duration_s)
        project.target_duration_s = target_duration_s
    return project


def assign_footage(session: ProfileSession, project_id: UUID, footage_ids: Sequence[UUID]) -> int:
    """Adds footage at the end of a project's list; what is in it already stays where it is.

    Returns:
        How many were new.

    Raises:
        NotFound: the profile has no such project or footage.
    """
    session.require(Project, project_id)
    there = _assigned(session, project_id)
    known = {row.footage_id for row in there}
    new = [footage_id for footage_id in dict.fromkeys(footage_ids) if footage_id not in known]
    position = max((row.position for row in there), default=-1) + 1
    for offset, footage_id in enumerate(new):
        session.require(Footage, footage_id)
        session.add(
            ProjectFootage(
                profile_id=session.profile_id,
                project_id=project_id,
                footage_id=footage_id,
                position=position + offset,
            )
        )
    return len(new)


def unassign_footage(session: ProfileSession, project_id: UUID, footage_id: UUID) -> None:
    """Takes footage out of a project; it stays in the library.

    Raises:
        NotFound: the profile has no such project or footage.
        BadInput: it is not in the project, clips of the project show it, or a run is at work on the project.
    """
    project = session.require(Project, project_id)
    footage = session.require(Footage, footage_id)
    row = next((row for row in _assigned(session, project_id) if row.footage_id == footage_id), None)
    if row is None:
        raise BadInput(f"{footage.name!r} is not in the project {project.name!r}.")
    refuse_while_live(live_run_on_project(session, project_id), project.name, then="take footage out")
    edits = session.exec(select(Clip.edit).where(Clip.project_id == project_id)).all()
    showing = sum(
        any(cut.footage_id == footage_id for cut in Edit.model_validate(edit).cuts) for edit in edits
    )
    if showing:
        raise BadInput(
            f"{showing} {'clip' if showing == 1 else 'clips'} of {project.name!r} show {footage.name!r}; "
            "delete them or replace the cuts, then take it out."
        )
    session.delete(row)


def project_name(text: str) -> str:
    """A project's name with its white space tidied.

    Raises:
        BadInput: it is empty, too long, or can't be shown.
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= MAX_PROJECT_NAME or not name.isprintable():
        raise BadInput(
            f"A project's name has 1 to {MAX_PROJECT_NAME} printable characters; this one has not."
        )
    return name


def _assigned(session: ProfileSession, project_id: UUID) -> Sequence[ProjectFootage]:
    return session.exec(
        select(ProjectFootage)
        .where(ProjectFootage.project_id == project_id)
        .order_by(col(ProjectFootage.position))
    ).all()


def _refuse_taken_name(session: ProfileSession, name: str, project_id: UUID | None) -> None:
    """Two names that differ only in case are two names here, as they are for the command line."""
    others = select(func.count()).select_from(Project).where(Project.name == name, Project.id != project_id)
    if session.exec(others).one():
        raise BadInput(f"There is a project {name!r} already; choose another name.")


def _checked_text(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise BadInput(f"The {what} has {len(text)} characters; {most} are the most. Shorten it.")
    return text
