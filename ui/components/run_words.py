"""What is said of runs in several places: their names, where they came from, how their stages went; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.run import FINAL_STATES, RunState
from models.run_story import Outcome, RunStory
from ui.components.wording import StateBadge, dollars

#: How a stage went: always a word and a sign, never a colour alone.
OUTCOMES: Final[Mapping[Outcome, StateBadge]] = {
    "done": StateBadge("done", ":material/check_circle:", "green"),
    "reused": StateBadge("reused", ":material/history:", "green"),
    "paid": StateBadge("paid", ":material/paid:", "green"),
    "failed": StateBadge("failed", ":material/error:", "red"),
    "stopped": StateBadge("stopped here", ":material/stop_circle:", "gray"),
    "running": StateBadge("going on", ":material/play_circle:", "blue"),
    "waiting": StateBadge("still to come", ":material/schedule:", "gray"),
    "skipped": StateBadge("not needed", ":material/remove:", "gray"),
}

_KEPT: Final = ("done", "reused", "paid")

#: Parameters that a person asked for, as they are called on pages; ids and paths are no news.
_ASKED: Final = {
    "project": "Project",
    "variants": "Variants",
    "duration_s": "Seconds each",
    "presets": "Formats",
    "preset": "Format",
    "captions": "Captions",
    "order": "Order",
    "seed": "Seed",
    "script": "Script",
}


def sentence_case(text: str) -> str:
    """A run's title or a stage's name at the beginning of a line: "Make 3 reels"."""
    return text[:1].upper() + text[1:]


def is_from_inbox(run_id: UUID) -> bool:
    """Whether the inbox's schedule started a run: the watcher makes ids out of the files' content."""
    return run_id.version == 5


def took_s(
    state: RunState, started_at: datetime | None, finished_at: datetime | None, now: datetime
) -> float:
    """How long a run was at work, or is so far."""
    if started_at is None:
        return 0.0
    end = finished_at if state in FINAL_STATES and finished_at else now
    return max(0.0, (end - started_at).total_seconds())


def kept_words(story: RunStory) -> str:
    """What an ended run leaves behind for the next one."""
    kept = [stage.name for stage in story.stages if stage.name and stage.outcome in _KEPT]
    if not kept and not story.cost_micro_usd:
        return "Nothing was lost: it had not got far"
    stages = f"Kept: {', '.join(kept)}" if kept else "What was made is kept"
    paid = story.cost_micro_usd
    return f"{stages}; {dollars(paid)} are paid and not paid again" if paid else stages


def asked_lines(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a run was asked for, as names and values; what was left open is left out."""
    lines = []
    for name, title in _ASKED.items():
        value = parameters.get(name)
        if value in (None, "", []):
            continue
        if isinstance(value, float):
            value = f"{value:g}"
        lines.append((title, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    files = parameters.get("files") or ()
    if files:
        lines.append(("Files", ", ".join(str(file).replace("\\", "/").rsplit("/", 1)[-1] for file in files)))
    return lines
