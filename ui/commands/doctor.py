"""`reelflow doctor`: whether everything is in place, and what to do where it is not."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import typer

from models.errors import ReelflowError
from models.profile import Profile
from models.profiles import list_profiles
from models.provider_settings import provider_settings
from models.redaction import redact
from models.secrets import KEYED_PROVIDERS, PROVIDER_TITLES, KeyedProvider, key_for, key_source
from models.session import Database, open_database
from models.settings import Settings, load_settings
from tasks.media.doctor import Finding, examine_ffmpeg, examine_font
from tasks.providers.keys import try_key
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest
from ui.commands.context import JsonOption, make_home
from ui.output import print_json, print_table

_ENOUGH_BYTES = 2 * 1024**3
_VOICE_TIMEOUT_S = 60.0


def doctor(as_json: JsonOption = False) -> None:
    """Check ffmpeg, the offline voice, fonts, the database, the disk, and keys without spending anything."""
    settings = load_settings()
    database = _database(settings)
    findings = [
        examine_ffmpeg(),
        _voice(),
        examine_font(),
        database,
        _disk(settings),
        *(_keys(settings) if database.is_well else ()),
    ]
    if as_json:
        print_json(
            {
                "well": all(finding.is_well for finding in findings),
                "checks": [{"name": f.name, "passed": f.is_well, "detail": f.detail} for f in findings],
            }
        )
    else:
        print_table(
            ["", "check", "detail"],
            [("ok" if f.is_well else "FAILED", f.name, f.detail) for f in findings],
            empty="",
        )
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


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


def _keys(settings: Settings) -> list[Finding]:
    """One finding for each key that a profile has, or needs and has not."""
    with open_database(settings) as database:
        return [
            finding
            for profile in list_profiles(database)
            for provider in KEYED_PROVIDERS
            if (finding := _key(database, profile, provider))
        ]


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
