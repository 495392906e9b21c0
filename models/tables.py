"""All tables in one import, for what needs the whole schema: the walls and the migrations."""

from models.analysis import StoredAnalysis
from models.clip import Clip, Export
from models.footage import Footage, Segment
from models.ledger import BudgetMonth, CostEntry, Reservation
from models.profile import Profile
from models.project import Project, ProjectFootage
from models.run import Run, RunEvent
from models.secret import ProfileSecret
from models.tenant import TenantModel
from models.voice import VoiceOver

TENANT_TABLES: tuple[type[TenantModel], ...] = (
    Footage,
    Segment,
    Project,
    ProjectFootage,
    VoiceOver,
    StoredAnalysis,
    Run,
    RunEvent,
    Clip,
    Export,
    BudgetMonth,
    Reservation,
    CostEntry,
    ProfileSecret,
)

__all__ = [
    "TENANT_TABLES",
    "BudgetMonth",
    "Clip",
    "CostEntry",
    "Export",
    "Footage",
    "Profile",
    "ProfileSecret",
    "Project",
    "ProjectFootage",
    "Reservation",
    "Run",
    "RunEvent",
    "Segment",
    "StoredAnalysis",
    "TenantModel",
    "VoiceOver",
]
