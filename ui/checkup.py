"""Whether everything that reels need is in place, and what to do where it is not.

Asked by `reelflow doctor` and by the panel's health page; spends nothing.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from models.budget import month_name
from models.costs import Mismatch, check_ledger
from models.errors import ReelflowError
from models.ledger import ReservationState
from models.money import dollars
from models.profile import Profile
from models.profiles import list_profiles
from models.provider_settings import provider_settings
from models.redaction import redact
from models.secrets import KEYED_PROVIDERS, PROVIDER_TITLES, KeyedProvider, key_for, key_source
from models.session import Database, open_database
from models.settings import Settings
from models.settlement import Expired, expire_reservations
from models.tenant import now_utc
from tasks.media.doctor import Finding, examine_ffmpeg, examine_font
from tasks.providers.keys import try_key
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest
from ui.commands.context import make_home

__all__ = ["Finding", "examine_everything", "examine_machine", "examine_profile"]

_ENOUGH_BYTES = 2 * 1024**3
_VOICE_TIMEOUT_S = 60.0


def examine_machine(settings: Settings) -> list[Finding]:
    """Looks at what all profiles share: ffmpeg, the offline voice, fonts, the database, the disk."""
    return [examine_ffmpeg(), _voice(), examine_font(), _database(settings), _disk(settings)]


def examine_profile(database: Database, profile: Profile) -> list[Finding]:
    """Looks at a profile's ledger, and tries each key that it has, or needs and has not."""
    keys = (_key(database, profile, provider) for provider in KEYED_PROVIDERS)
    return [_ledger(database, profile), *(finding for finding in keys if finding)]


def examine_everything(settings: Settings) -> list[Finding]:
    """Looks at the machine, and at every profile when there is a database to find them in."""
    findings = examine_machine(settings)
    if not next(finding for finding in findings if finding.name == "database").is_well:
        return findings
    with open_database(settings) as database:
        profiles = list_profiles(database)
        return findings + [found for profile in profiles for found in examine_profile(database, profile)]


def _voice() -> Finding:
    try:
        with tempfile.TemporaryDirectory() as folder:
            speech = OfflineVoice().speak(
                SpeechRequest(text="Hello.", voice="en-us"), Path(folder), timeout_s=_VOICE_TIMEOUT_S
            )
    except ReelflowError as error:
        return Finding("offline voice", False, str(error))
    return Finding(
        "offline voice", True, f"{speech.model}, said a word in {speech.duration_s:.1f} s of sound"
    )


def _database(settings: Settings) -> Finding:
    try:
        make_home(settings)
        with open_database(settings):
            pass
    except ReelflowError as error:
        return Finding("database", False, str(error))
    return Finding("database", True, "open and up to date")


def _ledger(database: Database, profile: Profile) -> Finding:
    """Ends what calls of killed runs have left open, then holds the counters against the lines."""
    name = f"ledger of {profile.slug}"
    try:
        with database.profile_session(profile.id) as session:
            ended = expire_reservations(session, now_utc())
        with database.profile_session(profile.id, read_only=True) as session:
            wrong = check_ledger(session)
    except ReelflowError as error:
        return Finding(name, False, str(error))
    return Finding(name, not wrong, "; ".join((*map(_drift, wrong), *_ended(ended))) or "agrees")


def _drift(found: Mismatch) -> str:
    return (
        f"{month_name(found.month)}: the counter of what is {found.counter} says "
        f"{dollars(found.counted_micro_usd)}, its lines add up to {dollars(found.true_micro_usd)}, so the "
        "budget lets through too much or too little; please report it with a copy of the database"
    )


def _ended(ended: Sequence[Expired]) -> Iterator[str]:
    """What became of reservations that nobody came back to."""
    for state, became in (
        (ReservationState.RELEASED, "never sent, given back"),
        (ReservationState.ESTIMATED, "sent but not seen to end, booked by estimate"),
    ):
        amounts = [one.amount_micro_usd for one in ended if one.state is state]
        if amounts:
            calls = "call" if len(amounts) == 1 else "calls"
            yield f"{len(amounts)} abandoned {calls} {became}: {dollars(sum(amounts))}"


def _key(database: Database, profile: Profile, provider: KeyedProvider) -> Finding | None:
    chosen = provider_settings(profile)
    is_used = provider == (chosen.analyser if provider == "gemini" else chosen.voice)
    source = key_source(database, profile.id, provider)
    if not (is_used or source == "profile"):
        return None
    name = f"{PROVIDER_TITLES[provider]} key of {profile.slug}"
    try:
        key = key_for(database, profile.id, provider)
    except ReelflowError as error:
        return Finding(name, False, redact(str(error)))
    model = chosen.gemini.model if provider == "gemini" else None
    found = try_key(provider, key, database.settings, name=name, model=model)
    return replace(found, detail=redact(found.detail))


def _disk(settings: Settings) -> Finding:
    folder = settings.home_dir
    try:
        make_home(settings)
    except ReelflowError as error:
        return Finding("disk", False, str(error))
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < _ENOUGH_BYTES:
        return Finding("disk", False, f"{detail}; free some or set REELFLOW_HOME to another disk")
    return Finding("disk", True, detail)
