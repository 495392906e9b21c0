"""Which deployments there should be: those of `prefect.yaml`, and three scheduled ones for each profile.

Only values: nothing here talks to Prefect or imports a flow, so that comparing costs milliseconds.
"""

import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml  # type: ignore[import-untyped]  # a dependency of Prefect's that carries no types

from models.profile import Profile
from models.settings import CHECKOUT

#: The work pool of every deployment.
POOL = "reelflow"

#: Scheduled flows take seconds, and must not wait behind renders of minutes.
HOUSEKEEPING_QUEUE = "housekeeping"
HOUSEKEEPING_LIMIT = 2

#: Runs of one profile at once. A worker's own limit must be higher, or one profile's runs hold up another's.
PROFILE_LIMIT = 2

#: What a worker on one machine takes at once: two profiles, and always a place for housekeeping.
WORKER_LIMIT = 2 * PROFILE_LIMIT + 1

_FILE = CHECKOUT / "prefect.yaml"


def queue_name(slug: str) -> str:
    """The work queue of a profile."""
    return f"profile-{slug}"


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a deployment starts by itself."""

    cron: str
    """Minute, hour, day, month, weekday."""
    timezone: str
    """IANA name; the cron expression is read in it."""
    slug: str
    """Names the schedule inside its deployment."""


@dataclass(frozen=True)
class PlannedDeployment:
    """One deployment as it should be."""

    name: str
    """Its own name; the flow's name comes before it."""
    entrypoint: str
    """Module and flow, as "flows.make_reels:make_reels"."""
    description: str
    """One sentence."""
    tags: tuple[str, ...]
    """Handed on to every run."""
    limit: int
    """Runs at once."""
    collision: str
    """What becomes of one more: ENQUEUE or CANCEL_NEW."""
    queue: str
    """Work queue inside the pool."""
    timetable: Timetable | None = None
    """None for what only people start."""
    parameters: Mapping[str, str] | None = None
    """What each run is given unless it is told otherwise."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other deployment."""
        return self.entrypoint, self.name

    @property
    def flow_name(self) -> str:
        """The flow's name, which all ours share with their function."""
        return self.entrypoint.rsplit(":", 1)[1]

    @property
    def version(self) -> str:
        """Changes with the definition, the flow's source and the release: then it is registered again."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode())
        digest.update(_source(self.entrypoint.split(":")[0]))
        digest.update(version("reelflow").encode())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _ProfileSchedule:
    flow: str
    module: str
    cron: str
    description: str


#: Each reads its cron expression in the profile's own time zone.
_PROFILE_SCHEDULES = (
    _ProfileSchedule(
        "watch_inbox", "flows.inbox", "* * * * *", "New files in the inbox of {name} become reels."
    ),
    _ProfileSchedule(
        "clean_up", "flows.housekeeping", "30 3 * * *", "Clears away what {name} no longer needs."
    ),
    _ProfileSchedule(
        "report_costs", "flows.cost_report", "0 6 1 * *", "What {name} spent in the month before."
    ),
)

#: Entrypoints of deployments that exist once per profile.
PROFILE_ENTRYPOINTS = frozenset(f"{each.module}:{each.flow}" for each in _PROFILE_SCHEDULES)


def planned_deployments(profiles: Iterable[Profile]) -> list[PlannedDeployment]:
    """Every deployment that there should be for these profiles."""
    own = [deployment for profile in profiles for deployment in profile_deployments(profile)]
    return [*shared_deployments(), *own]


def profile_deployments(profile: Profile) -> list[PlannedDeployment]:
    """The scheduled deployments of one profile, named after its slug, which never changes."""
    return [
        PlannedDeployment(
            name=profile.slug,
            entrypoint=f"{each.module}:{each.flow}",
            description=each.description.format(name=profile.name),
            tags=(f"kind:{each.flow}", f"profile:{profile.slug}"),
            limit=1,
            collision="CANCEL_NEW",
            queue=HOUSEKEEPING_QUEUE,
            timetable=Timetable(each.cron, profile.timezone, each.flow),
            parameters={"profile_id": str(profile.id)},
        )
        for each in _PROFILE_SCHEDULES
    ]


def shared_deployments(path: Path = _FILE) -> list[PlannedDeployment]:
    """The deployments of a `prefect.yaml`: those of the whole installation."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_read(entry) for entry in document["deployments"]]


def planned_profile_id(parameters: Mapping[str, Any]) -> UUID | None:
    """The profile that a deployment's parameters name."""
    value = parameters.get("profile_id")
    return UUID(str(value)) if value else None


def _read(entry: Mapping[str, Any]) -> PlannedDeployment:
    schedules = entry.get("schedules", ())
    times = [Timetable(each["cron"], each["timezone"], each["slug"]) for each in schedules]
    return PlannedDeployment(
        name=entry["name"],
        entrypoint=entry["entrypoint"],
        description=entry["description"],
        tags=tuple(entry["tags"]),
        limit=entry["concurrency_limit"]["limit"],
        collision=entry["concurrency_limit"]["collision_strategy"],
        queue=entry["work_pool"]["work_queue_name"],
        timetable=times[0] if times else None,
    )


@cache
def _source(module: str) -> bytes:
    found = importlib.util.find_spec(module)
    return Path(found.origin).read_bytes() if found and found.origin else b""
