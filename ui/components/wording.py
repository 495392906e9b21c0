"""Numbers, times and states as people read them; pure, so that every page says the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from models.money import dollars, usd
from models.project import ProjectState
from models.run import RunState

__all__ = [
    "PROJECT_BADGES",
    "RUN_BADGES",
    "StateBadge",
    "age",
    "clock",
    "count",
    "data_size",
    "day",
    "dollars",
    "escape",
    "kind_title",
    "money",
    "span",
]

_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()#+-!|<>~$:^"})


@dataclass(frozen=True, slots=True)
class StateBadge:
    """How a state is shown: always a word and a sign, never a colour alone."""

    label: str
    icon: str
    color: str

    @property
    def markdown(self) -> str:
        """The badge inside a line of text."""
        return f":{self.color}-badge[{self.icon} {self.label}]"


RUN_BADGES = {
    RunState.PENDING: StateBadge("Waiting", ":material/schedule:", "gray"),
    RunState.RUNNING: StateBadge("Running", ":material/play_circle:", "blue"),
    RunState.COMPLETED: StateBadge("Done", ":material/check_circle:", "green"),
    RunState.FAILED: StateBadge("Failed", ":material/error:", "red"),
    RunState.CANCELLED: StateBadge("Stopped", ":material/stop_circle:", "gray"),
}

PROJECT_BADGES = {
    ProjectState.DRAFT: StateBadge("Draft", ":material/edit_note:", "gray"),
    ProjectState.GENERATING: StateBadge("Generating", ":material/play_circle:", "blue"),
    ProjectState.READY: StateBadge("Ready", ":material/check_circle:", "green"),
    ProjectState.FAILED: StateBadge("Failed", ":material/error:", "red"),
}

_KINDS = {
    "make_reels": "Make reels",
    "generate_clips": "Generate clips",
    "render_clip": "Render",
    "import_footage": "Import footage",
    "recut_drafts": "Cut drafts",
    "export_clips": "Export",
    "voice_over": "Voice-over",
}


def kind_title(kind: str) -> str:
    """A run's kind as a title: "Generate clips"."""
    return _KINDS.get(kind, kind.replace("_", " ").capitalize())


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 clip", "1,204 clips"."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def clock(seconds: float) -> str:
    """A length of a video: "0:21", "1:02:07"."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def span(seconds: float) -> str:
    """A time that something takes: "8 s", "4 min", "1 h 20 min"."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def age(moment: datetime, now: datetime, timezone: str) -> str:
    """How long ago something was: "just now", "5 min ago", "yesterday", "3 Nov", "3 Nov 2025"."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    zone = ZoneInfo(timezone)
    there, today = moment.astimezone(zone), now.astimezone(zone)
    days = (today.date() - there.date()).days
    if days == 0:
        return f"{int(passed.total_seconds() // 3600)} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    return day(moment, now, timezone)


def day(moment: datetime, now: datetime, timezone: str) -> str:
    """The day of something, past or to come: "3 Nov", in another year "3 Nov 2025"."""
    zone = ZoneInfo(timezone)
    there, today = moment.astimezone(zone), now.astimezone(zone)
    text = f"{there.day} {there:%b}"
    return text if there.year == today.year else f"{text} {there.year}"


def money(micro_usd: int) -> str:
    """An amount in a list, in whole cents: "$4.90", "$0.00", "<$0.01"; `dollars` has the rest."""
    amount = usd(micro_usd)
    if 0 < amount < Decimal("0.005"):
        return "<$0.01"
    return f"${amount:,.2f}" if amount >= 0 else f"-${-amount:,.2f}"


def data_size(size_bytes: int) -> str:
    """A file's size: "812 kB", "1.4 GB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            amount = size_bytes / factor
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{size_bytes} B"


def escape(text: str) -> str:
    """A user's text inside Markdown, where it must mean nothing."""
    return " ".join(text.split()).translate(_MARKDOWN)
