"""All tables in one import, for what needs the whole schema: the walls and the migrations."""

from models.clip import Clip, Export
from models.footage import Footage, Segment
from models.ledger import CostEntry
from models.profile import Profile
from models.project import Project, ProjectFootage
from models.run import Run, RunEvent
from models.tenant import TenantModel
from models.voice import VoiceOver

TENANT_TABLES: tuple[type[TenantModel], ...] = (
    Footage,
    Segment,
    Project,
    ProjectFootage,
    VoiceOver,
    Run,
    RunEvent,
    Clip,
    Export,
    CostEntry,
)

__all__ = [
    "TENANT_TABLES",
    "Clip",
    "CostEntry",
    "Export",
    "Footage",
    "Profile",
    "Project",
    "ProjectFootage",
    "Run",
    "RunEvent",
    "Segment",
    "TenantModel",
    "VoiceOver",
]
