"""Projects as runs see them: opened by name, given footage, marked as worked on."""

from collections.abc import Sequence
from uuid import UUID

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.errors import BadInput
from models.project import Project, ProjectFootage, ProjectState
from models.run import Run
from tasks.policies import LOCAL
from tasks.run_context import RunContext


@task(name="open project", **LOCAL)
def open_project(run: RunContext, name: str, footage_ids: Sequence[UUID], *, target_s: float) -> UUID:
    """The profile's project of that name, made when missing, with the footage added to it."""
    project_id = _find_or_create(run, name, target_s)
    with run.session() as session:
        there = set(
            session.exec(
                select(ProjectFootage.footage_id).where(ProjectFootage.project_id == project_id)
            ).all()
        )
        new = [footage_id for footage_id in footage_ids if footage_id not in there]
        session.add_all(
            ProjectFootage(
                profile_id=run.profile_id,
                project_id=project_id,
                footage_id=footage_id,
                position=len(there) + offset,
            )
            for offset, footage_id in enumerate(dict.fromkeys(new))
        )
    return project_id


def project_footage(run: RunContext, project_id: UUID) -> list[UUID]:
    """Footage of a project in its order.

    Raises:
        NotFound: the profile has no such project.
        BadInput: the project has no footage yet.
    """
    with run.reading() as session:
        project = session.require(Project, project_id)
        footage_ids = session.exec(
            select(ProjectFootage.footage_id)
            .where(ProjectFootage.project_id == project_id)
            .order_by(col(ProjectFootage.position))
        ).all()
        if not footage_ids:
            raise BadInput(f"The project {project.name!r} has no footage; add some first.")
        return list(footage_ids)


def project_context(run: RunContext, project_id: UUID) -> str:
    """What the project is about, in the user's words."""
    with run.reading() as session:
        return session.require(Project, project_id).context


def start_work(run: RunContext, project_id: UUID) -> None:
    """Marks a project as generating and the run as at work on it; `tasks.run_end` takes both back.

    Raises:
        NotFound: the profile has no such project.
    """
    with run.session() as session:
        session.require(Project, project_id).state = ProjectState.GENERATING
        session.require(Run, run.run_id).project_id = project_id


def _find_or_create(run: RunContext, name: str, target_s: float) -> UUID:
    with run.reading() as session:
        known = session.exec(select(Project.id).where(Project.name == name)).first()
    if known:
        return known
    project = Project(profile_id=run.profile_id, name=name, target_duration_s=target_s)
    try:
        with run.session() as session:
            session.add(project)
    except IntegrityError:
        # Another run made it at the same moment.
        return _find_or_create(run, name, target_s)
    return project.id
