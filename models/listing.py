"""The panel's lists: pages of projects, clips, runs, footage and segments of one profile.

Each is a count and one query over indexes, with what a line shows summed in the database; clips take two
more for the page's own lines. Lines are values: nothing is loaded later.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import String, cast, func
from sqlmodel import col

from models.clip import Clip
from models.clip_listing import ClipLine, FinalLine, list_clips
from models.footage import Footage, Segment, SegmentOrigin
from models.ledger import CostEntry
from models.paging import ByAge, Page, by_age, choose, line_of, matches, read_page
from models.project import Project, ProjectFootage, ProjectState
from models.run_listing import RunLine, list_runs
from models.session import ProfileSession

__all__ = [
    "ClipLine",
    "FinalLine",
    "FootageLine",
    "Page",
    "ProjectLine",
    "RunLine",
    "SegmentLine",
    "list_clips",
    "list_footage",
    "list_projects",
    "list_runs",
    "list_segments",
]


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """One project in a list."""

    id: UUID
    name: str
    state: ProjectState
    target_duration_s: float
    created_at: datetime
    clips: int
    """How many variants it has."""
    picked: int
    """How many of them are picked."""
    footage: int
    """How many footages it is cut from."""
    cost_micro_usd: int
    """Spent on it so far."""
    poster_key: str | None
    """Of its first picked clip, else its first clip."""


@dataclass(frozen=True, slots=True)
class FootageLine:
    """One footage in a list."""

    id: UUID
    name: str
    bytes: int
    duration_s: float
    width: int
    height: int
    fps: float
    has_audio: bool
    probe: Mapping[str, Any]
    """What the prober found, for the badges."""
    storage_key: str
    poster_key: str | None
    filmstrip_key: str | None
    is_analysed: bool
    """Whether its segments were looked for."""
    segments: int
    projects: int
    """How many projects use it; none: it may be deleted."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One segment in a list."""

    id: UUID
    footage_id: UUID
    footage_name: str
    start_s: float
    end_s: float
    origin: SegmentOrigin
    score: float
    reason: str
    description: str
    tags: tuple[str, ...]
    is_favorite: bool
    is_skipped: bool
    filmstrip_key: str | None
    """Of its footage."""


def list_projects(
    session: ProfileSession,
    *,
    search: str = "",
    states: Collection[ProjectState] = (),
    sort: ByAge = "newest",
    number: int = 1,
    size: int = 24,
) -> Page[ProjectLine]:
    """Projects whose name or description has each word of `search`, in one of `states` if any are given.

    Raises:
        BadInput: no such page, or a search that is too long.
    """
    is_wanted = [matches(search, col(Project.name), col(Project.description))]
    if states:
        is_wanted.append(col(Project.state).in_(states))
    clips = choose(func.count()).select_from(Clip).where(col(Clip.project_id) == Project.id)
    poster = (
        choose(Clip.poster_key)
        .where(col(Clip.project_id) == Project.id)
        .order_by(col(Clip.is_picked).desc(), col(Clip.variant))
        .limit(1)
    )
    query = choose(
        Project,
        clips.scalar_subquery(),
        clips.where(col(Clip.is_picked)).scalar_subquery(),
        choose(func.count())
        .select_from(ProjectFootage)
        .where(col(ProjectFootage.project_id) == Project.id)
        .scalar_subquery(),
        choose(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0))
        .where(col(CostEntry.project_id) == Project.id)
        .scalar_subquery(),
        poster.scalar_subquery(),
    ).where(*is_wanted)
    page = read_page(
        session,
        query.order_by(*by_age(Project, sort)),
        choose(func.count()).select_from(Project).where(*is_wanted),
        number=number,
        size=size,
    )
    return page.of(
        [
            line_of(
                ProjectLine,
                row,
                clips=clips_,
                picked=picked,
                footage=footage,
                cost_micro_usd=int(cost),
                poster_key=poster_key,
            )
            for row, clips_, picked, footage, cost, poster_key in page.items
        ],
    )


def list_footage(
    session: ProfileSession,
    *,
    project_id: UUID | None = None,
    search: str = "",
    sort: ByAge = "newest",
    number: int = 1,
    size: int = 24,
) -> Page[FootageLine]:
    """Footage of a project (in its order, when sorted by nothing else) or of the whole library.

    Raises:
        BadInput: no such page, or a search that is too long.
    """
    is_wanted = [matches(search, col(Footage.name))]
    if project_id is not None:
        chosen = choose(ProjectFootage.footage_id).where(col(ProjectFootage.project_id) == project_id)
        is_wanted.append(col(Footage.id).in_(chosen))
    segments = choose(func.count()).select_from(Segment).where(col(Segment.footage_id) == Footage.id)
    projects = (
        choose(func.count()).select_from(ProjectFootage).where(col(ProjectFootage.footage_id) == Footage.id)
    )
    query = choose(Footage, segments.scalar_subquery(), projects.scalar_subquery())
    page = read_page(
        session,
        query.where(*is_wanted).order_by(*by_age(Footage, sort)),
        choose(func.count()).select_from(Footage).where(*is_wanted),
        number=number,
        size=size,
    )
    return page.of(
        [
            line_of(
                FootageLine,
                row,
                is_analysed=row.analysed_with is not None,
                segments=segments_,
                projects=projects_,
            )
            for row, segments_, projects_ in page.items
        ],
    )


def list_segments(
    session: ProfileSession,
    *,
    footage_ids: Collection[UUID],
    search: str = "",
    is_favorite: bool | None = None,
    is_skipped: bool | None = None,
    sort: Literal["time", "score"] = "time",
    number: int = 1,
    size: int = 50,
) -> Page[SegmentLine]:
    """Segments of some footage; `search` looks into description, reason, tags and the footage's name.

    Raises:
        BadInput: no such page, or a search that is too long.
    """
    texts = [col(Segment.description), col(Segment.reason), col(Footage.name)]
    is_found = matches(search, *texts, documents=[cast(col(Segment.tags), String)])
    is_wanted = [col(Segment.footage_id).in_(footage_ids), is_found]
    if is_favorite is not None:
        is_wanted.append(col(Segment.is_favorite).is_(is_favorite))
    if is_skipped is not None:
        is_wanted.append(col(Segment.is_skipped).is_(is_skipped))
    belongs = col(Footage.id) == col(Segment.footage_id)
    in_time = [col(Segment.footage_id), col(Segment.start_s), col(Segment.id)]
    query = choose(Segment, Footage.name, Footage.filmstrip_key).join(Footage, belongs)
    page = read_page(
        session,
        query.where(*is_wanted).order_by(*([col(Segment.score).desc()] if sort == "score" else []), *in_time),
        choose(func.count()).select_from(Segment).join(Footage, belongs).where(*is_wanted),
        number=number,
        size=size,
    )
    return page.of(
        [
            line_of(
                SegmentLine,
                row,
                footage_name=name,
                tags=tuple(row.tags),
                filmstrip_key=filmstrip_key,
            )
            for row, name, filmstrip_key in page.items
        ],
    )
