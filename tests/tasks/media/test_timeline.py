"""From an edit to frames: pure placing, and what each kind of source shows on each frame."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Crop, Cut, Edit
from models.errors import BadInput
from tasks.media.footage_info import FootageInfo
from tasks.media.probe import probe
from tasks.media.seek_points import before_key_frame
from tasks.media.timeline import (
    PlacedCut,
    SourceFile,
    cut_name,
    link_sources,
    place_cuts,
    total_frames,
    total_samples,
)
from tests.tasks.media.coded import (
    FPS,
    X264,
    Rendered,
    lengths,
    make_coded,
    picture_times,
    read_clicks,
    read_numbers,
    render,
    shown_at,
)

NTSC = Fraction(30000, 1001)
MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-g", "15", "-q:v", "3")
DROPS = ("-vf", "select='if(lt(mod(t,3),1),1,not(mod(n,7)))'", "-fps_mode", "vfr")

#: File name, pictures per second and output options: rates, varying rates, containers with coarse clocks,
#: without an index, with a clock that does not begin at the picture.
KINDS: dict[str, tuple[Fraction | int, tuple[str, ...]]] = {
    "24.mp4": (24, X264),
    "25.mp4": (25, X264),
    "29.97.mp4": (NTSC, X264),
    "60.mp4": (60, X264),
    "varying.mp4": (30, (*DROPS, *X264)),
    "fragments.mp4": (30, (*X264, "-movflags", "frag_keyframe+empty_moov")),
    "29.97.mkv": (NTSC, X264),
    "29.97.ts": (NTSC, X264),
    "program.mpg": (25, (*MPEG2, "-c:a", "mp2")),
    "25.mxf": (25, (*MPEG2, "-c:a", "pcm_s16le")),
    "29.97.avi": (NTSC, ("-c:v", "mpeg4", "-g", "60", "-q:v", "3", "-c:a", "pcm_s16le")),
    "30.flv": (30, X264),
}

DURATION_S = 8

#: From the very beginning, between two source frames, twice the same, and up to the end.
SPANS = [(0.0, 1.1), (0.1, 0.7), (100 / FPS, 5.0), (121 / FPS, 5.5), (3.1, 4.3), (3.1, 4.3), (6.4, 7.5)]


@pytest.fixture(scope="module", params=KINDS)
def coded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rate, output = KINDS[request.param]
    folder = tmp_path_factory.mktemp("coded")
    return make_coded(folder / request.param, rate=rate, duration_s=DURATION_S, output=output)


@pytest.fixture(scope="module")
def chain(coded: Path) -> Rendered:
    """The whole chain: mixed, mastered, rendered."""
    return render([(coded, start_s, end_s) for start_s, end_s in SPANS], coded.parent / "scratch")


# pitfall 50, 51, 59
def test_frames_are_exact_and_sound_is_as_long(chain: Rendered) -> None:
    frames, picture_s, sound_s = lengths(chain.path)

    wanted = round(sum(end_s - start_s for start_s, end_s in SPANS) * FPS)
    assert frames == chain.frames == wanted
    assert picture_s == pytest.approx(wanted / FPS, abs=1e-6)
    assert abs(sound_s - picture_s) < 1 / FPS


# pitfall 60
def test_each_frame_shows_what_analysis_saw_there(chain: Rendered, coded: Path) -> None:
    """So no cut shows a frame of the neighbouring shot, whatever the rate of the source."""
    times, source, shown = picture_times(coded), read_numbers(coded), read_numbers(chain.path)

    wrong = [
        (number, frame, shown[cut.first_frame + frame], wanted)
        for number, cut in enumerate(chain.placed)
        for frame in range(cut.frames)
        if shown[cut.first_frame + frame]
        != (wanted := source[shown_at(times, round(cut.start_s * FPS) + frame)])
    ]

    if coded.name in ("fragments.mp4", "program.mpg"):
        # Fragments: a start within the reordering of the next fragment begins with its first picture.
        # Program streams: their clock counts in millionths here and in 1/90000 there, so ties may differ.
        assert len(wrong) <= 2
        assert all(abs(is_ - wanted) == 1 for _, _, is_, wanted in wrong)
    else:
        assert wrong == []


# pitfall 60
def test_clicks_sound_when_their_picture_is_shown(chain: Rendered, coded: Path) -> None:
    # given when each picture was in front of the camera: from its number on until the next one kept
    rate = KINDS[coded.name][0]
    shown, kept = read_numbers(chain.path), [*read_numbers(coded), DURATION_S * rate]

    off_s = []
    for click_s in read_clicks(chain.path):
        number = shown[int(click_s * FPS + 1e-6)]
        following = min(other for other in kept if other > number)
        begins_s, ends_s = float(number / rate), float(following / rate)
        off_s.append(min(max(0.0, begins_s - second, second - ends_s) for second in range(DURATION_S)))

    assert len(off_s) >= 6
    assert max(off_s) <= 1 / FPS


def test_transport_streams_are_read_from_a_key_frame(tmp_path: Path) -> None:
    # given a stream with a key frame every two seconds and no index
    path = make_coded(tmp_path / "camera.ts", rate=30, duration_s=7, output=X264)
    info = probe(path)

    # when a moment late in such a group is looked for
    start_s = before_key_frame(path, stream_index=info.video_index, at_s=5.9)

    # then reading begins a little before the key frame at 4 s
    assert 3.2 <= start_s <= 4.1


@pytest.mark.parametrize("at_s", [0.0, 0.4, 1.9])
def test_reading_begins_at_the_beginning_when_no_key_frame_is_before(tmp_path: Path, at_s: float) -> None:
    path = make_coded(tmp_path / "camera.ts", rate=30, duration_s=2, output=X264)

    assert before_key_frame(path, stream_index=0, at_s=at_s) == 0.0


FOOTAGE = uuid4()


def info(*, duration_s: float = 600.0, fps: float = 30.0) -> FootageInfo:
    return FootageInfo(
        container="mp4",
        bytes=1,
        video_index=0,
        codec="h264",
        pix_fmt="yuv420p",
        coded_width=1920,
        coded_height=1080,
        rotation=0,
        sar="1:1",
        display_width=1920,
        display_height=1080,
        fps=fps,
        rate="30",
        is_vfr=False,
        start_s=0,
        duration_s=duration_s,
        frames=None,
        is_interlaced=False,
        transfer=None,
        colour_range=None,
        colour_primaries=None,
        colour_matrix=None,
        is_truncated=False,
        audio=None,
    )


def placed(*spans: tuple[float, float], fps: int = FPS, duration_s: float = 600.0) -> tuple[PlacedCut, ...]:
    cuts = tuple(Cut(footage_id=FOOTAGE, start_s=start_s, end_s=end_s) for start_s, end_s in spans)
    return place_cuts(
        Edit(cuts=cuts), {FOOTAGE: SourceFile(Path("a.mp4"), info(duration_s=duration_s))}, fps=fps
    )


# pitfall 51, 60
@given(
    st.lists(st.floats(0.04, 9.0), min_size=1, max_size=60),
    st.floats(0, 500),
    st.sampled_from([24, 25, 30, 60]),
)
def test_cuts_follow_each_other_without_gap_and_never_drift(
    lengths_s: list[float], start_s: float, fps: int
) -> None:
    lengths_s = [max(length_s, 1.001 / fps) for length_s in lengths_s]

    cuts = placed(*[(start_s, start_s + length_s) for length_s in lengths_s], fps=fps)

    assert cuts[0].first_frame == 0
    for before, after in pairwise(cuts):
        assert after.first_frame == before.first_frame + before.frames
    assert abs(total_frames(cuts) / fps - sum(lengths_s)) <= 0.5 / fps + 1e-6
    assert total_samples(cuts, fps=fps) == total_frames(cuts) * 48_000 // fps


def test_a_cut_starts_on_the_frame_grid() -> None:
    (cut,) = placed((3.0017, 5.0))

    assert cut.start_s == 3.0
    assert cut.frames == 60


def test_a_cut_keeps_its_crop() -> None:
    crop = Crop(x=0.25)
    edit = Edit(cuts=(Cut(footage_id=FOOTAGE, start_s=0, end_s=1, crop=crop),))

    (cut,) = place_cuts(edit, {FOOTAGE: SourceFile(Path("a.mp4"), info())}, fps=FPS)

    assert cut.crop == crop


def test_a_cut_that_ends_after_its_footage_is_refused() -> None:
    with pytest.raises(BadInput, match=r"Cut 2 ends at 11\.00 s, but its footage lasts 10\.00 s"):
        placed((0, 1), (9, 11), duration_s=10)


def test_a_cut_may_end_within_the_last_frame_of_its_footage() -> None:
    (cut,) = placed((9, 10.02), duration_s=10)

    assert cut.frames == 31


# pitfall 60
def test_a_cut_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(BadInput, match=r"Cut 2 lasts 0\.005 s, which is less than one frame"):
        placed((0, 1), (2, 2.005))


# pitfall 44
def test_sources_get_fixed_names_each_cut_its_own(tmp_path: Path) -> None:
    hostile = tmp_path / "it's [1] – 100%: a;b, ü.mp4"
    hostile.write_bytes(b"x")
    source = SourceFile(hostile, info())
    cuts = [PlacedCut(source, 0.0, 0, 30, Crop()), PlacedCut(source, 0.0, 30, 30, Crop())]

    for _ in range(2):  # a second attempt finds the names taken
        link_sources(cuts, tmp_path)

    assert cut_name(0) != cut_name(1)
    assert all((tmp_path / cut_name(index)).resolve() == hostile for index in (0, 1))
    assert all(cut_name(index).isalnum() for index in range(100))
