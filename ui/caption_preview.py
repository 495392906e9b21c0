"""A caption style on a real frame of a clip, drawn by what draws the final; for the panel's style editor.

Pictures are kept in the library by the content of all that decides them and go with the nightly cleaning.
Apart from the pages, which know nothing of tasks.
"""

import hashlib
import json
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import CaptionStyle, Edit, Word
from models.footage import Footage
from models.storage import Storage
from tasks.media.caption_report import captions_report
from tasks.media.caption_still import burn_frame, colours_in, cut_frame, page_at, page_box
from tasks.media.contrast import contrast_warnings, has_own_ground
from tasks.media.ffmpeg import ffmpeg_version
from tasks.media.footage_info import FootageInfo
from tasks.media.picture import CAPTIONS_NAME
from tasks.media.presets import Preset, find_preset
from tasks.media.subtitles import Captions, build_captions, write_ass
from tasks.media.text_layout import FONT_FAMILIES
from tasks.media.timeline import PlacedCut, SourceFile, place_cuts, total_frames
from ui.caption_words import CaptionWords, Origin, caption_words
from ui.components.desk import Desk

__all__ = ["FONT_FAMILIES", "CaptionPreview", "CaptionScene", "open_scene", "preview_captions"]

#: The folder of the library that the pictures lie in.
KIND: Final = "previews"

_FPS: Final = find_preset("reels").fps
_FRAME: Final = "frame.nut"

#: Somebody who drags a slider asks for many, and the machine has runs to work at (pitfall 63).
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class CaptionScene:
    """A clip, ready to try styles on."""

    edit: Edit
    placed: tuple[PlacedCut, ...]
    footage: dict[str, str]
    """Which content each source file has: path to SHA-256."""
    said: CaptionWords

    @property
    def words(self) -> tuple[Word, ...]:
        """What the captions say."""
        return self.said.words

    @property
    def origin(self) -> Origin:
        """Where the words come from."""
        return self.said.origin


@dataclass(frozen=True, slots=True)
class CaptionPreview:
    """A picture and what there is to say about the style."""

    picture_id: UUID
    """For `media_url(desk, "caption-preview", ...)`."""
    format_name: str
    """In which delivery format."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    warnings: tuple[str, ...]
    """Letters that the font lacks, captions that do not fit, colours hard to read; a sentence each."""


def open_scene(desk: Desk, clip_id: UUID) -> CaptionScene:
    """Reads what the captions of a clip need.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: a cut lies outside its footage.
    """
    with desk.reading() as session:
        edit = Edit.model_validate(session.require(Clip, clip_id).edit)
        wanted = {cut.footage_id for cut in edit.cuts}
        rows = session.exec(select(Footage).where(col(Footage.id).in_(wanted))).all()
        sources = {
            row.id: SourceFile(desk.storage.path(row.storage_key), FootageInfo.model_validate(row.probe))
            for row in rows
        }
        placed = place_cuts(edit, sources, fps=_FPS)
        said = caption_words(session, edit, placed, fps=_FPS)
    contents = {str(sources[row.id].path): row.sha256 for row in rows}
    return CaptionScene(edit, placed, contents, said)


def preview_captions(
    desk: Desk,
    scene: CaptionScene,
    style: CaptionStyle | None,
    *,
    format_name: str,
    word: int,
    has_zone: bool,
) -> CaptionPreview:
    """Draws one moment of a clip.

    Args:
        desk: Whose clip.
        scene: The clip.
        style: The look; None for no captions.
        format_name: Which delivery format.
        word: At which word, by its position in `scene.words`.
        has_zone: Whether what the app covers is shaded.

    Raises:
        BadInput: no such format or font.
        Fault: the disk is full.
        MediaToolFailed, MediaToolTimedOut: from the media process.
    """
    preset = find_preset(format_name)
    captions = _captions(scene, style, preset)
    frame = _frame_of(scene, scene.words[word])
    plain = _frame_address(scene, frame, preset)
    zone = asdict(preset.safe_zone) if has_zone else None
    picture_id = _id_of({"frame": plain, "captions": repr(captions), "zone": zone})
    with _AT_ONCE, tempfile.TemporaryDirectory(prefix="reelflow-captions-") as name:
        folder, frame_key = Path(name), desk.storage.key_for(KIND, _id_of(plain), ".nut")

        def take_frame() -> None:
            """Puts the plain frame into the folder; cut only when it is not kept."""
            if (folder / _FRAME).is_symlink():
                return
            _keep(desk.storage, frame_key, lambda: cut_frame(scene.placed, frame, preset, folder=folder))
            (folder / _FRAME).symlink_to(desk.storage.path(frame_key))

        def draw() -> Path:
            take_frame()
            return burn_frame(
                _FRAME, frame, captions, preset, "preview.jpg", folder=folder, has_zone=has_zone
            )

        _keep(desk.storage, desk.storage.key_for(KIND, picture_id, ".jpg"), draw)
        warnings: list[str] = []
        if captions is not None:
            warnings += (*captions.warnings, *_problems(captions, scene, folder))
            page = page_at(captions, frame / preset.fps)
            if page and not has_own_ground(captions.style):
                take_frame()
                behind = colours_in(_FRAME, page_box(page, preset), folder=folder)
                warnings += contrast_warnings(captions.style, behind)
    return CaptionPreview(picture_id, preset.name, preset.width, preset.height, tuple(warnings))


def _captions(scene: CaptionScene, style: CaptionStyle | None, preset: Preset) -> Captions | None:
    if style is None:
        return None
    return build_captions(
        scene.words,
        style=style,
        preset=preset,
        duration_s=total_frames(scene.placed) / preset.fps,
        breaks_s=scene.said.breaks_s,
    )


def _problems(captions: Captions, scene: CaptionScene, folder: Path) -> tuple[str, ...]:
    """What the final's check would say about the captions."""
    path = folder / CAPTIONS_NAME
    write_ass(captions, path)
    preset = captions.preset
    return captions_report(path, preset=preset, duration_s=total_frames(scene.placed) / preset.fps).problems


def _frame_of(scene: CaptionScene, word: Word) -> int:
    """The frame in the middle of a word."""
    return min(int((word.start_s + word.end_s) / 2 * _FPS), total_frames(scene.placed) - 1)


def _frame_address(scene: CaptionScene, frame: int, preset: Preset) -> dict[str, Any]:
    """All that decides a plain frame."""
    cut = next(cut for cut in reversed(scene.placed) if cut.first_frame <= frame)
    return {
        "footage": scene.footage[str(cut.source.path)],
        "frame": round(cut.start_s * preset.fps) + frame - cut.first_frame,
        "crop": cut.crop.model_dump(),
        "size": (preset.width, preset.height),
        "ffmpeg": ffmpeg_version(),
    }


def _keep(storage: Storage, key: str, make: Callable[[], Path]) -> None:
    """Makes a picture unless it is kept."""
    if storage.has(key):
        return
    storage.check_room(0, name="a picture")
    storage.publish(make(), key)


def _id_of(inputs: Any) -> UUID:
    """The same id for the same inputs; no row ever has it."""
    canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=False)
    return UUID(bytes=hashlib.sha256(canonical.encode()).digest()[:16])
