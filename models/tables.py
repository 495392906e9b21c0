"""All tables in one import, for what needs the whole schema: the walls and the migrations."""

from sqlmodel import SQLModel

from models.analysis import StoredAnalysis
from models.clip import Clip, Export
from models.footage import Footage, Segment
from models.ledger import BudgetMonth, CostEntry, Reservation
from models.person import Membership, Person
from models.profile import Profile
from models.project import Project, ProjectFootage
from models.removed_file import RemovedFile
from models.run import Run, RunEvent
from models.secret import ProfileSecret
from models.tenant import TenantModel
from models.transcript import StoredTranscript
from models.voice import VoiceOver

TENANT_TABLES: tuple[type[TenantModel], ...] = (
    Footage,
    Segment,
    Project,
    ProjectFootage,
    VoiceOver,
    StoredAnalysis,
    StoredTranscript,
    Run,
    RunEvent,
    Clip,
    Export,
    BudgetMonth,
    Reservation,
    CostEntry,
    ProfileSecret,
    RemovedFile,
)

#: About the installation: which profiles there are and who may enter them. No profile's session sees them.
REGISTRY_TABLES: tuple[type[SQLModel], ...] = (Profile, Person, Membership)

__all__ = [
    "REGISTRY_TABLES",
    "TENANT_TABLES",
    "BudgetMonth",
    "Clip",
    "CostEntry",
    "Export",
    "Footage",
    "Membership",
    "Person",
    "Profile",
    "ProfileSecret",
    "Project",
    "ProjectFootage",
    "RemovedFile",
    "Reservation",
    "Run",
    "RunEvent",
    "Segment",
    "StoredAnalysis",
    "StoredTranscript",
    "TenantModel",
    "VoiceOver",
]
