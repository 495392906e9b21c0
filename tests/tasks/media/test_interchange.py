"""Lists for other programs say the frames that are rendered, and other programs can read them."""

from math import fsum
from pathlib import Path
from uuid import UUID

import opentimelineio as otio
import pytest

from models.edit import Cut, Edit
from models.errors import BadInput
from tasks.media.interchange import ListedCut, SourceName, list_cuts, timecode, write_edl, write_otio
from tasks.media.probe import probe
from tasks.media.timeline import SourceFile, place_cuts
from tests.tasks.media.coded import make_coded

FPS = 30
TEA, CUP = UUID(int=1), UUID(int=2)


def listed(footage: UUID, file: str, start: int, frames: int, *, has_audio: bool = True) -> ListedCut:
    return ListedCut(footage, file, "0" * 64, has_audio, media_s=20.0, start=start, frames=frames)


CUTS = (
    listed(TEA, "tea.mp4", 95, 60),
    listed(CUP, "a cup #1 – ü.mov", 0, 45, has_audio=False),
    listed(TEA, "tea.mp4", 300, 75),
)


def test_an_edl_has_one_event_for_each_cut_without_a_gap() -> None:
    assert write_edl("Summer sale - v1", CUTS, fps=FPS) == (
        "TITLE: Summer sale - v1\n"
        "FCM: NON-DROP FRAME\n"
        "\n"
        "001  F001     AA/V  C        00:00:03:05 00:00:05:05 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: tea.mp4\n"
        "002  F002     V     C        00:00:00:00 00:00:01:15 01:00:02:00 01:00:03:15\n"
        "* FROM CLIP NAME: a cup #1 – ü.mov\n"
        "003  F001     AA/V  C        00:00:10:00 00:00:12:15 01:00:03:15 01:00:06:00\n"
        "* FROM CLIP NAME: tea.mp4\n"
    )


def test_a_name_can_t_add_events_to_an_edl() -> None:
    sly = (listed(TEA, "tea\n002  F009     V     C        0\x00.mp4", 0, 30),)

    lines = write_edl("two\r\nlines", sly, fps=FPS).splitlines()

    assert len(lines) == 5
    assert lines[0] == "TITLE: two  lines"


@pytest.mark.parametrize(
    ("frame", "fps", "shown"),
    [
        (0, 30, "00:00:00:00"),
        (29, 30, "00:00:00:29"),
        (30, 30, "00:00:01:00"),
        (6 * 3600 * 30 + 61 * 30, 30, "06:01:01:00"),
        (1499, 25, "00:00:59:24"),
    ],
)
def test_timecodes_count_whole_frames(frame: int, fps: int, shown: str) -> None:
    assert timecode(frame, fps=fps) == shown


def test_otio_reads_its_own_document() -> None:
    document = write_otio("Summer sale - v1", CUTS, fps=FPS)

    timeline = otio.adapters.read_from_string(document, "otio_json")

    assert timeline.name == "Summer sale - v1"
    assert timeline.duration().to_seconds() == pytest.approx(180 / FPS)
    (picture,) = timeline.video_tracks()
    (sound,) = timeline.audio_tracks()
    assert [clip.name for clip in picture.find_clips()] == [cut.file for cut in CUTS]
    assert [clip.source_range.start_time.value for clip in picture.find_clips()] == [95, 0, 300]
    assert picture.duration() == sound.duration(), "a silent cut is a gap in the sound"
    assert len(sound.find_clips()) == 2
    reference = picture[1].media_reference
    assert reference.target_url == "a%20cup%20%231%20%E2%80%93%20%C3%BC.mov"
    assert picture[0].metadata["reelflow"]["footage_id"] == str(TEA)


def test_silent_footage_has_no_sound_track() -> None:
    document = write_otio("Silent", [listed(CUP, "cup.mov", 0, 45, has_audio=False)], fps=FPS)

    assert otio.adapters.read_from_string(document, "otio_json").audio_tracks() == []


def test_listed_frames_are_the_rendered_ones(tmp_path: Path) -> None:
    # given an edit whose cuts are no whole frames
    path = make_coded(tmp_path / "tea.mp4", rate=25, duration_s=4.0)
    sources = {TEA: SourceFile(path, probe(path))}
    spans = [(0.31, 1.02), (2.0, 2.755), (1.5, 1.84)]
    edit = Edit(cuts=tuple(Cut(footage_id=TEA, start_s=start_s, end_s=end_s) for start_s, end_s in spans))
    # when it is listed
    cuts = list_cuts(edit, sources, {TEA: SourceName("Tea.mp4", "f" * 64)}, fps=FPS)
    # then starts and lengths are those of the renderer
    placed = place_cuts(edit, sources, fps=FPS)
    assert [(cut.start, cut.frames) for cut in cuts] == [
        (round(cut.start_s * FPS), cut.frames) for cut in placed
    ]
    assert sum(cut.frames for cut in cuts) == round(fsum(end_s - start_s for start_s, end_s in spans) * FPS)
    assert (cuts[0].file, cuts[0].has_audio) == ("Tea.mp4", True)


def test_a_cut_outside_its_footage_is_not_listed(tmp_path: Path) -> None:
    path = make_coded(tmp_path / "tea.mp4", rate=25, duration_s=1.0)
    edit = Edit(cuts=(Cut(footage_id=TEA, start_s=5.0, end_s=6.0),))

    with pytest.raises(BadInput, match="lasts"):
        list_cuts(edit, {TEA: SourceFile(path, probe(path))}, {TEA: SourceName("t", "f")}, fps=FPS)
