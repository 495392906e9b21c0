"""Stills show the moments of their own segment: upright, in true colours, small, and without metadata."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.media import ffmpeg, stills
from tasks.media.footage_info import FootageInfo
from tasks.media.probe import probe
from tasks.media.stills import FPS, cut_stills, still_frames
from tests.tasks.media.coded import X264, make_coded, picture_times, read_numbers, render, shown_at


def make(path: Path, *arguments: str) -> Path:
    ffmpeg.run(["-v", "error", *arguments, "-y", str(path)], doing="making footage", timeout_s=60)
    return path


def rgb(path: Path) -> tuple[float, float, float]:
    """Mean colour of the middle of a picture."""
    with Image.open(path) as picture:
        width, height = picture.size
        middle = picture.convert("RGB").crop((width // 3, height // 3, 2 * width // 3, 2 * height // 3))
        red, green, blue = (float(band) for band in np.asarray(middle).mean(axis=(0, 1)))
    return red, green, blue


@given(st.integers(0, 10_000), st.integers(1, 2_000), st.integers(1, 5))
def test_every_moment_is_inside_its_segment(first: int, length: int, count: int) -> None:
    frames = still_frames(first / FPS, (first + length) / FPS, count)

    assert all(first <= frame < first + length for frame in frames)
    assert list(frames) == sorted(set(frames))
    assert len(frames) == min(count, length) or length < 2 * count
    assert frames


def test_moments_are_spread_from_hook_to_end() -> None:
    assert still_frames(10.0, 14.0, 3) == (309, 359, 410)
    assert still_frames(10.0, 14.0, 2) == (309, 410)
    assert still_frames(10.0, 14.0, 1) == (359,)
    assert still_frames(10.0, 10.0, 3) == (300,)  # shorter than a frame: still one picture


CONTAINERS: dict[str, tuple[str, ...]] = {
    ".mp4": X264,
    ".mkv": X264,
    ".ts": (*X264, "-mpegts_flags", "+resend_headers"),
}


@pytest.mark.parametrize(
    ("ending", "rate"),
    [(".mp4", 30), (".mp4", Fraction(24000, 1001)), (".mp4", 5), (".mkv", 25), (".ts", 25), (".mp4", 60)],
)
def test_no_still_ever_shows_what_is_behind_a_cut(tmp_path: Path, ending: str, rate: Fraction | int) -> None:
    # given footage that numbers its pictures, and segments that tile it, short ones too
    source = make_coded(tmp_path / f"source{ending}", rate=rate, duration_s=6.0, output=CONTAINERS[ending])
    times = picture_times(source)
    edges = [0, 1, 3, 40, 41, 47, 110, 170]
    spans = [(start / FPS, end / FPS) for start, end in pairwise(edges)]
    # when its stills are cut
    found = cut_stills(source, probe(source), spans, folder=tmp_path)
    # then each shows exactly the picture of its moment, which lies inside its segment
    for (start_s, end_s), files in zip(spans, found, strict=True):
        frames = still_frames(start_s, end_s, 3)
        shown = [read_numbers(path)[0] for path in files]
        assert shown == [shown_at(times, frame) for frame in frames]
        first, last = shown_at(times, round(start_s * FPS)), shown_at(times, round(end_s * FPS) - 1)
        assert all(first <= number <= last for number in shown)


def test_files_are_named_by_segment_and_moment(tmp_path: Path) -> None:
    source = make_coded(tmp_path / "it's [0:v];a=b.mp4", rate=30, duration_s=3.0)  # pitfall 44
    found = cut_stills(source, probe(source), [(0.0, 1.0), (1.0, 3.0)], folder=tmp_path, per_segment=2)

    assert [[path.name for path in files] for files in found] == [
        ["0000-0.jpg", "0000-1.jpg"],
        ["0001-0.jpg", "0001-1.jpg"],
    ]
    with Image.open(found[0][0]) as still:
        assert (still.format, still.size) == ("JPEG", (320, 180))  # never enlarged


def test_a_few_calls_are_enough_and_long_segments_are_sought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given footage of 15 s, when stills of a long and of many short segments are cut
    source = make_coded(tmp_path / "source.mp4", rate=30, duration_s=15.0)
    calls: list[list[str]] = []
    monkeypatch.setattr(stills, "run", counted(calls))
    spans = [(0.0, 15.0), *((second, second + 0.5) for second in range(14))]
    found = cut_stills(source, probe(source), spans, folder=tmp_path)
    # then the long one is three places of the file, and up to twelve places are one call
    assert [call.count("-i") for call in calls] == [12, 5]
    assert [read_numbers(path)[0] for path in found[0]] == list(still_frames(0.0, 15.0, 3))
    assert all(len(files) == 3 for files in found)


def counted(calls: list[list[str]]) -> Callable[..., str]:
    def run(arguments: list[str], **options: object) -> str:
        calls.append(arguments)
        return ffmpeg.run(arguments, **options)  # type: ignore[arg-type]  # the same options

    return run


def test_large_footage_is_cut_in_smaller_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_coded(tmp_path / "source.mp4", rate=30, duration_s=3.0)
    calls: list[list[str]] = []
    monkeypatch.setattr(stills, "run", counted(calls))
    monkeypatch.setattr(stills, "_PIXELS_AT_ONCE", 2 * 320 * 180)

    cut_stills(source, probe(source), [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)], folder=tmp_path)

    assert [call.count("-i") for call in calls] == [2, 1]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_stills_are_upright(tmp_path: Path, angle: int) -> None:  # pitfall 46
    # given a portrait whose upper left quarter is white, stored turned
    turns = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
    stored = make(
        tmp_path / "stored.mp4",
        *("-f", "lavfi", "-i", "color=black:size=180x320:rate=30:duration=1"),
        *("-vf", f"drawbox=w=iw/2:h=ih/2:color=white:t=fill,{turns[angle]}", *X264),
    )
    turned = make(tmp_path / "turned.mp4", "-display_rotation", str(angle), "-i", str(stored), "-c", "copy")
    # when a still is cut, then it looks as it did
    ((still,),) = cut_stills(turned, probe(turned), [(0.0, 1.0)], folder=tmp_path, per_segment=1)
    with Image.open(still) as picture:
        light = np.asarray(picture.convert("L"))
    assert light.shape == (320, 180)
    assert light[:150, :80].mean() > 240
    assert light[170:, :].mean() < 10
    assert light[:, 100:].mean() < 10


@pytest.mark.parametrize(("matrix", "size"), [("bt709", "1280x720"), ("smpte170m", "640x480")])
@pytest.mark.parametrize("colour", ["0xE02040", "0x20B060", "0x2050D0"])
def test_colours_are_true(tmp_path: Path, matrix: str, size: str, colour: str) -> None:
    source = make(
        tmp_path / "source.mp4",
        *("-f", "lavfi", "-i", f"color={colour}:size={size}:rate=30:duration=0.5"),
        *("-vf", f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p", *X264),
        *("-colorspace", matrix, "-color_range", "tv"),
    )
    ((still,),) = cut_stills(source, probe(source), [(0.0, 0.5)], folder=tmp_path, per_segment=1)

    wanted = [int(colour[at : at + 2], 16) for at in (2, 4, 6)]
    assert rgb(still) == pytest.approx(wanted, abs=5)


def test_hdr_becomes_what_the_reel_will_show(tmp_path: Path) -> None:
    # given a colour in HDR
    tags = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited"
    source = make(
        tmp_path / "source.mp4",
        *("-f", "lavfi", "-i", "color=0x7C8088:size=320x180:rate=30:duration=0.5"),
        *("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", tags),
        *("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"),
    )
    info = probe(source)
    assert info.is_hdr
    # when a still is cut and a clip is rendered
    ((still,),) = cut_stills(source, info, [(0.0, 0.5)], folder=tmp_path, per_segment=1)
    final = render([(source, 0.0, 0.5)], tmp_path / "clip", poster="poster.jpg")
    frame = make(tmp_path / "frame.png", "-i", str(final.path), "-frames:v", "1")
    # then both show the same colour, which is not the bare HDR code
    assert rgb(still) == pytest.approx(rgb(frame), abs=5)
    assert rgb(still) != pytest.approx((0x7C, 0x80, 0x88), abs=12)


def test_stills_are_small_square_and_say_nothing_about_place_and_time(tmp_path: Path) -> None:
    # given anamorphic footage that says where it was taken
    source = make(
        tmp_path / "source.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=1440x1080:rate=30:duration=0.5", "-vf", "setsar=4/3", *X264),
        *("-metadata", "location=+44.4268+026.1025/", "-metadata", "title=secret place"),
    )
    # when a still is cut
    ((still,),) = cut_stills(source, probe(source), [(0.0, 0.5)], folder=tmp_path, per_segment=1)
    # then it is 768 long, and nothing else is in it
    with Image.open(still) as picture:
        assert picture.size == (768, 432)
        assert not picture.getexif()
    content = still.read_bytes()
    assert b"secret place" not in content
    assert b"44.4268" not in content
    assert len(content) < 150_000


def test_what_can_t_be_decoded_is_missing_and_nothing_old_takes_its_place(tmp_path: Path) -> None:
    # given footage that ends before its second segment, and a still of an earlier one in the folder
    source = make_coded(tmp_path / "source.mp4", rate=30, duration_s=2.0)
    (tmp_path / "0001-0.jpg").write_bytes(b"old")
    info: FootageInfo = probe(source)
    # when stills are cut
    found = cut_stills(source, info, [(0.0, 1.0), (30.0, 31.0)], folder=tmp_path)
    # then the first has all, and the second does not show anything else
    assert len(found[0]) == 3
    assert found[1] == () or all(read_numbers(path)[0] == 59 for path in found[1])
    assert b"old" not in [path.read_bytes() for path in found[1]]


def test_no_segments_need_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_coded(tmp_path / "source.mp4", rate=30, duration_s=1.0)
    info = probe(source)
    monkeypatch.setattr(stills, "run", None)

    assert cut_stills(source, info, [], folder=tmp_path) == ()
