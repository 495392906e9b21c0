"""A filled home for looking at the panel: two stores with real clips, runs of every state, costs.

    python -m tests.ui.panel_state HOME          what tests, screenshots and a curious person look at
    python -m tests.ui.panel_state HOME --many   rows only: 1,000 projects, 10,000 clips, 100,000 costs

Media are cut from the sample footage with the quickest settings; everything is the same each time but
for the moment it is made.
"""

import argparse
import hashlib
import itertools
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from models.budget import set_budget
from models.clip import Clip, Export
from models.edit import Cut, Edit
from models.footage import Footage, Segment
from models.profile import Profile
from models.profiles import create_profile
from models.project import Project, ProjectFootage, ProjectState
from models.session import Database, ProfileSession, open_database
from models.settings import Settings
from models.storage import Storage
from models.tenant import now_utc
from tasks.media.ffmpeg import run as ffmpeg
from tasks.media.presets import find_preset
from tasks.media.previews import cut_previews
from tasks.media.probe import probe
from tests.ui.panel_many import fill_many
from tests.ui.panel_runs import add_costs, add_runs, tie_runs

SAMPLE = Path(__file__).parents[2] / "tasks" / "media" / "assets" / "sample"

_FILES = ("box.mp4", "cup.mp4", "meadow.webm")
_REASONS = (
    "Sharp, steady and bright; the product fills the frame.",
    "Good movement towards the camera, a little soft.",
    "Calm view with room for captions.",
    "Hand in front of the product for half of it.",
)
_DESCRIPTIONS = (
    "A hand turns the printed box; the front comes into view.",
    "The travel cup from above, lid closed.",
    "Wide meadow with morning light.",
    "A bird looks up from its nest.",
    "The box from the side, logo readable.",
)
#: Name, state, description, age in days, clips.
_PROJECTS = (
    ("Summer sale", ProjectState.READY, "20 % off everything for picnics, until the end of August.", 0.1, 4),
    ("Mountain biscuits", ProjectState.READY, "Butter biscuits from the village bakery.", 0.9, 3),
    ("Serum launch", ProjectState.FAILED, "Launch week of the night serum.", 0.2, 2),
    ("Autumn picnic", ProjectState.GENERATING, "Blankets, cups and thermos bottles.", 0.02, 0),
    ("Travel cup", ProjectState.READY, "Keeps hot for six hours.", 3.0, 3),
    ("Gift boxes", ProjectState.DRAFT, "", 5.0, 0),
    ("Tea time", ProjectState.READY, "Ten calm minutes.", 8.0, 2),
    ("Back to school", ProjectState.READY, "Lunch boxes and bottles.", 16.0, 3),
    ("Winter preview", ProjectState.DRAFT, "First look at the winter range.", 24.0, 0),
)
_SCRIPT = "Slow down. One golden box. One good cup. Ten calm minutes, wherever you are."


@dataclass(frozen=True)
class Store:
    """One filled profile."""

    profile: Profile
    project_ids: dict[str, UUID]
    clip_ids: dict[str, list[UUID]]
    export_ids: list[UUID]
    footage_ids: list[UUID]
    run_ids: dict[str, UUID]
    """By state, one of each."""


@dataclass(frozen=True)
class PanelState:
    """What was filled in."""

    settings: Settings
    acme: Store
    borealis: Store


def fill(home: Path) -> PanelState:
    """Fills an empty home with two stores; takes a few seconds."""
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    with open_database(settings) as database, tempfile.TemporaryDirectory() as folder:
        reels = list(_cut_reels(Path(folder)))
        acme = _store(
            database, create_profile(database, "Acme", timezone="Europe/Bucharest"), reels, _PROJECTS
        )
        borealis = _store(database, create_profile(database, "Borealis"), reels, _PROJECTS[4:7])
        set_budget(database, acme.profile.id, 40_000_000)
    return PanelState(settings, acme, borealis)


# ------------------------------------------------------------------ one store


@dataclass(frozen=True)
class _Reel:
    """A cut file with its poster, and what it was cut from."""

    video: Path
    final: Path
    """The same in the size of a final."""
    poster: Path
    cuts: tuple[tuple[str, float, float], ...]

    @property
    def duration_s(self) -> float:
        return sum(end - start for _, start, end in self.cuts)


_CUTS = (
    (("box.mp4", 5.0, 7.0), ("cup.mp4", 0.5, 2.5), ("meadow.webm", 2.0, 4.0)),
    (("cup.mp4", 3.0, 5.0), ("meadow.webm", 8.0, 10.0), ("box.mp4", 8.0, 10.0)),
    (("meadow.webm", 14.0, 16.0), ("box.mp4", 10.0, 12.0), ("cup.mp4", 5.5, 7.5)),
    (("box.mp4", 11.0, 13.0), ("meadow.webm", 11.0, 13.0)),
)


def _cut_reels(folder: Path) -> Iterator[_Reel]:
    for number, cuts in enumerate(_CUTS):
        video, poster = folder / f"{number}.mp4", folder / f"{number}.jpg"
        inputs = [
            argument
            for name, start_s, end_s in cuts
            for argument in ("-ss", str(start_s), "-t", str(end_s - start_s), "-i", str(SAMPLE / name))
        ]
        shaped = ";".join(
            f"[{i}:v]scale=540:960:force_original_aspect_ratio=increase,crop=540:960,setsar=1,fps=30[v{i}];"
            f"[{i}:a]aresample=48000,aformat=channel_layouts=stereo,apad,"
            f"atrim=duration={end_s - start_s}[a{i}]"
            for i, (_, start_s, end_s) in enumerate(cuts)
        )
        joined = "".join(f"[v{i}][a{i}]" for i in range(len(cuts))) + f"concat=n={len(cuts)}:v=1:a=1[v][a]"
        _make([*inputs, "-filter_complex", f"{shaped};{joined}", "-map", "[v]", "-map", "[a]"], video)
        ffmpeg(
            ["-v", "error", "-y", "-ss", "0.5", "-i", str(video), "-frames:v", "1", str(poster)],
            doing="a poster for the demo state",
            timeout_s=60,
        )
        final, preset = folder / f"{number}-final.mp4", find_preset("reels")
        _make(["-i", str(video), "-vf", f"scale={preset.width}:{preset.height}"], final)
        yield _Reel(video, final, poster, cuts)


def _make(arguments: list[str], target: Path) -> None:
    settings = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p"]
    sound = ["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"]
    ffmpeg(
        ["-v", "error", "-y", *arguments, *settings, *sound, str(target)],
        doing="a clip for the demo state",
        timeout_s=120,
    )


def _store(database: Database, profile: Profile, reels: list[_Reel], projects: tuple[Any, ...]) -> Store:
    storage = Storage(database.settings.storage_dir, profile.id)
    now = now_utc()
    with database.profile_session(profile.id) as session:
        footage = {name: _footage(session, storage, name, now) for name in _FILES}
        for row in footage.values():
            _segments(session, row)
        runs = add_runs(session, now)
        project_ids, clip_ids, export_ids = {}, {}, []
        numbers = itertools.count()
        for name, state, description, age_days, clips in projects:
            at = now - timedelta(days=age_days)
            project = Project(
                profile_id=profile.id, name=name, description=description, state=state,
                context=f"{name}: {description}", target_duration_s=6.0, created_at=at,
            )  # fmt: skip
            session.add(project)
            session.flush()
            project_ids[name] = project.id
            session.add_all(
                ProjectFootage(
                    profile_id=profile.id, project_id=project.id, footage_id=row.id, position=position
                )
                for position, row in enumerate(footage.values())
            )
            clip_ids[name] = []
            for variant in range(1, clips + 1):
                reel = reels[next(numbers) % len(reels)]
                clip = _clip(session, storage, project, variant, reel, footage, runs["completed"], at)
                clip_ids[name].append(clip.id)
                if state is ProjectState.READY and variant == 1 and name != "Travel cup":
                    export_ids.append(_export(session, storage, clip, reel, runs["completed"], at))
        tie_runs(session, runs, project_ids)
        add_costs(session, now, project_ids, runs)
    return Store(profile, project_ids, clip_ids, export_ids, [row.id for row in footage.values()], runs)


def _footage(session: ProfileSession, storage: Storage, name: str, now: datetime) -> Footage:
    path, footage_id = SAMPLE / name, uuid4()
    info, key = probe(path), storage.key_for("footage", footage_id, path.suffix)
    stored = storage.import_file(path, key)
    with tempfile.TemporaryDirectory() as folder:
        pictures = cut_previews(storage.path(key), info, folder=Path(folder))
        keys = {}
        for kind, picture in (("poster", pictures.poster), ("filmstrip", pictures.filmstrip)):
            keys[kind] = storage.key_for("footage", footage_id, f"-{kind}.jpg") if picture else None
            if picture:
                storage.publish(picture, keys[kind])
    row = Footage(
        profile_id=session.profile_id, id=footage_id, name=name, sha256=stored.sha256, storage_key=key,
        bytes=stored.bytes, duration_s=info.duration_s, width=info.display_width, height=info.display_height,
        fps=info.fps, has_audio=info.audio is not None, probe=info.model_dump(mode="json"),
        poster_key=keys["poster"], filmstrip_key=keys["filmstrip"], created_at=now - timedelta(days=30),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _segments(session: ProfileSession, footage: Footage) -> None:
    chance = random.Random(footage.name)  # noqa: S311 - the same each time
    starts = [start for start in range(0, int(footage.duration_s), 2) if start + 2 <= footage.duration_s]
    for number, start in enumerate(starts):
        session.add(
            Segment(
                profile_id=session.profile_id, footage_id=footage.id, start_s=start, end_s=start + 2.0,
                shot=number, score=chance.randint(28, 96), reason=_REASONS[number % len(_REASONS)],
                description=_DESCRIPTIONS[number % len(_DESCRIPTIONS)], is_favorite=number == 1,
                is_skipped=number == 5, tags=["product"] if number % 2 else ["mood"],
                features={"motion": 0.2, "sharpness": 0.6, "brightness": 0.5},
            )
        )  # fmt: skip


def _clip(
    session: ProfileSession, storage: Storage, project: Project, variant: int, reel: _Reel,
    footage: dict[str, Footage], run_id: UUID, at: datetime,
) -> Clip:  # fmt: skip
    clip_id = uuid4()
    edit = Edit(
        cuts=tuple(
            Cut(footage_id=footage[name].id, start_s=start_s, end_s=end_s)
            for name, start_s, end_s in reel.cuts
        ),
        script=_SCRIPT if variant == 1 else None,
    )
    draft, poster = storage.key_for("drafts", clip_id, ".mp4"), storage.key_for("posters", clip_id, ".jpg")
    _copy(reel.video, storage.path(draft))
    _copy(reel.poster, storage.path(poster))
    clip = Clip(
        profile_id=session.profile_id, id=clip_id, project_id=project.id, run_id=run_id, variant=variant,
        name=f"Variant {variant}", edit=edit.model_dump(mode="json"), duration_s=reel.duration_s, seed=7,
        draft_key=draft, draft_fingerprint=edit.fingerprint, poster_key=poster,
        is_picked=variant == 1 and project.name != "Travel cup", created_at=at,
    )  # fmt: skip
    session.add(clip)
    session.flush()
    return clip


def _export(
    session: ProfileSession, storage: Storage, clip: Clip, reel: _Reel, run_id: UUID, at: datetime
) -> UUID:
    export_id, preset = uuid4(), find_preset("reels")
    key = storage.key_for("exports", export_id, ".mp4")
    target = storage.path(key)
    _copy(reel.final, target)
    storage.path(storage.key_for("exports", export_id, ".srt")).write_text(
        "1\n00:00:00,250 --> 00:00:01,400\nSlow down.\n\n2\n00:00:01,500 --> 00:00:03,000\nOne golden box.\n"
    )
    storage.path(storage.key_for("exports", export_id, ".vtt")).write_text(
        "WEBVTT\n\n00:00.250 --> 00:01.400\nSlow down.\n\n00:01.500 --> 00:03.000\nOne golden box.\n"
    )
    storage.path(storage.key_for("exports", export_id, ".manifest.json")).write_text(
        f'{{"clip_id": "{clip.id}"}}\n'
    )
    checks = [
        _check("size", f"{preset.width}x{preset.height}", f"{preset.width}x{preset.height}"),
        _check("frames", f"{round(reel.duration_s * 30)}", f"{round(reel.duration_s * 30)}"),
        _check("loudness", "-14.0 LUFS", "-14 ±0.5 LUFS"),
        _check(
            "frozen picture", "1.2 s, as in the footage", "none that the footage does not have", (2.3, 3.5)
        ),
    ]
    session.add(
        Export(
            profile_id=session.profile_id, id=export_id, clip_id=clip.id, run_id=run_id, preset=preset.name,
            fingerprint=hashlib.sha256(export_id.bytes).hexdigest(), storage_key=key,
            edit_fingerprint=Edit.model_validate(clip.edit).fingerprint,
            bytes=target.stat().st_size, width=preset.width, height=preset.height, fps=30.0,
            duration_s=reel.duration_s, integrated_lufs=-14.0, true_peak_dbtp=-1.4,
            quality={"checks": checks}, manifest={"clip_id": str(clip.id)}, created_at=at,
        )
    )  # fmt: skip
    return export_id


def _check(name: str, measured: str, wanted: str, *spans: tuple[float, float]) -> dict[str, Any]:
    """As `tasks.media.checks.Check` is stored."""
    found = [{"start_s": start_s, "end_s": end_s} for start_s, end_s in spans]
    return {"name": name, "passed": True, "measured": measured, "wanted": wanted, "spans": found}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--many", action="store_true")
    arguments = parser.parse_args()
    if arguments.many:
        fill_many(arguments.home)
    else:
        fill(arguments.home)
