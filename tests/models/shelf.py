"""A profile with a project on it: two footages, their segments, a clip of four cuts, and its files."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlmodel import func, select

from models.clip import EXPORT_SUFFIXES, Clip, Export
from models.edit import Cut, Edit, VoiceTrack
from models.footage import Footage, Segment
from models.profiles import create_profile
from models.project import Project, ProjectFootage, ProjectState
from models.run import Run, RunState
from models.session import Database, ProfileSession
from models.storage import Storage
from models.tenant import TenantModel
from models.voice import VoiceOver

#: Each footage lasts so long and has a segment of SEGMENT_S every SEGMENT_S.
FOOTAGE_S, SEGMENT_S = 12.0, 3.0


def count(session: ProfileSession, model: type[TenantModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


@dataclass
class Shelf:
    """Ids of what is there."""

    database: Database
    profile_id: UUID
    project_id: UUID = field(default_factory=uuid4)
    clip_id: UUID = field(default_factory=uuid4)
    run_id: UUID = field(default_factory=uuid4)
    footage_ids: list[UUID] = field(default_factory=list)
    segment_ids: list[UUID] = field(default_factory=list)

    @property
    def storage(self) -> Storage:
        return Storage(self.database.settings.storage_dir, self.profile_id)

    def writing(self) -> AbstractContextManager[ProfileSession]:
        return self.database.profile_session(self.profile_id)

    def reading(self) -> AbstractContextManager[ProfileSession]:
        return self.database.profile_session(self.profile_id, read_only=True)

    def edit(self) -> Edit:
        with self.reading() as session:
            return Edit.model_validate(session.require(Clip, self.clip_id).edit)

    def set_edit(self, edit: Edit) -> None:
        with self.writing() as session:
            clip = session.require(Clip, self.clip_id)
            clip.edit, clip.duration_s = edit.model_dump(mode="json"), edit.duration_s


def stock(database: Database, name: str = "Acme") -> Shelf:
    """Fills a new profile."""
    shelf = Shelf(database, create_profile(database, name).id)
    with shelf.writing() as session:
        session.add(Run(id=shelf.run_id, kind="make_reels", title="make 1 reels", state=RunState.COMPLETED))
        session.add(Project(id=shelf.project_id, name="Summer sale", state=ProjectState.READY))
        session.flush()
        for number in range(2):
            _add_footage(session, shelf, number)
        _add_clip(session, shelf)
    return shelf


def _add_footage(session: ProfileSession, shelf: Shelf, number: int) -> None:
    footage_id = uuid4()
    keys = {
        name: shelf.storage.key_for(kind, footage_id, suffix)
        for name, kind, suffix in (
            ("storage_key", "footage", ".mp4"),
            ("poster_key", "posters", ".jpg"),
            ("filmstrip_key", "filmstrips", ".jpg"),
        )
    }
    for key in keys.values():
        write(shelf.storage, key)
    session.add(
        Footage(
            id=footage_id,
            name=f"mug {number}.mp4",
            sha256=f"{number:064d}",
            bytes=10,
            duration_s=FOOTAGE_S,
            width=1920,
            height=1080,
            fps=30.0,
            has_audio=True,
            probe={"codec": "h264"},
            **keys,
        )
    )
    session.flush()
    session.add(ProjectFootage(project_id=shelf.project_id, footage_id=footage_id, position=number))
    shelf.footage_ids.append(footage_id)
    for index in range(int(FOOTAGE_S / SEGMENT_S)):
        segment = Segment(
            footage_id=footage_id,
            start_s=index * SEGMENT_S,
            end_s=(index + 1) * SEGMENT_S,
            shot=index,
            score=50.0 + index,
            reason="Sharp and bright.",
            features={
                "signature": [index],
                "subject": {"track": [0.2, 0.4, 0.6, 0.8, 0.9, 1.0], "step_s": 0.5},
            },
        )
        session.add(segment)
        shelf.segment_ids.append(segment.id)


def _add_clip(session: ProfileSession, shelf: Shelf) -> None:
    """Cuts of two seconds from the middle of the first footage's segments."""
    edit = Edit(
        cuts=tuple(
            Cut(
                footage_id=shelf.footage_ids[0],
                segment_id=shelf.segment_ids[index],
                start_s=index * SEGMENT_S + 0.5,
                end_s=index * SEGMENT_S + 2.5,
            )
            for index in range(4)
        )
    )
    keys = {
        "draft_key": shelf.storage.key_for("drafts", shelf.clip_id, ".mp4"),
        "poster_key": shelf.storage.key_for("posters", shelf.clip_id, ".jpg"),
    }
    for key in keys.values():
        write(shelf.storage, key)
    session.add(
        Clip(
            id=shelf.clip_id,
            project_id=shelf.project_id,
            run_id=shelf.run_id,
            variant=1,
            name="Variant 1",
            edit=edit.model_dump(mode="json"),
            duration_s=edit.duration_s,
            seed=1,
            draft_fingerprint=edit.fingerprint,
            **keys,
        )
    )
    session.flush()
    add_export(session, shelf, edit)


def add_export(session: ProfileSession, shelf: Shelf, edit: Edit, *, preset: str = "reels") -> UUID:
    """A final of the clip with all its files."""
    export_id = uuid4()
    for suffix in EXPORT_SUFFIXES:
        write(shelf.storage, shelf.storage.key_for("exports", export_id, suffix))
    session.add(
        Export(
            id=export_id,
            clip_id=shelf.clip_id,
            run_id=shelf.run_id,
            preset=preset,
            fingerprint=export_id.hex * 2,
            edit_fingerprint=edit.fingerprint,
            storage_key=shelf.storage.key_for("exports", export_id, EXPORT_SUFFIXES[0]),
            bytes=10,
            width=1080,
            height=1920,
            fps=30.0,
            duration_s=edit.duration_s,
            integrated_lufs=-14.0,
            true_peak_dbtp=-1.2,
            quality={"checks": []},
            manifest={},
        )
    )
    session.flush()
    return export_id


def add_voice(shelf: Shelf, text: str = "Hello there.") -> None:
    """Gives the clip a voice that says `text`."""
    edit = shelf.edit()
    voice = VoiceOver(
        fingerprint="f" * 64,
        provider="offline",
        model="espeak",
        voice="en-us",
        text=text,
        characters=len(text),
        storage_key=shelf.storage.key_for("voice", uuid4(), ".wav"),
        duration_s=edit.duration_s - 0.5,
        words=[],
    )
    with shelf.writing() as session:
        session.add(voice)
    track = VoiceTrack(voice_over_id=voice.id, start_s=0.2, duration_s=voice.duration_s)
    shelf.set_edit(edit.model_copy(update={"script": text, "voice": track}))


def write(storage: Storage, key: str) -> None:
    path = storage.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"0123456789")
