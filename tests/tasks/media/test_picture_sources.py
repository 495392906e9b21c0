"""Whatever the source is like, its picture comes out upright, in shape and in the right colours."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.edit import Crop
from tasks.media import ffmpeg
from tasks.media.probe import probe
from tasks.media.timeline import SourceFile
from tests.tasks.media.coded import SMALL, place
from tests.tasks.media.pictures import (
    BLUE,
    BT709,
    GREEN,
    RED,
    WHITE,
    X264,
    colour_at,
    corners,
    draw,
    make,
    near,
    picture_only,
    quarters,
    show,
)


# pitfall 46
@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_turned_footage_is_shown_upright_once(clockwise: int, tmp_path: Path) -> None:
    # given an upright picture stored turned, as a phone does, with the order to turn it back
    stored = np.rot90(quarters(216, 384), clockwise // 90)
    flat = draw(
        tmp_path / "flat.mp4", stored, options=f"{X264} {BT709}", filters="scale=out_color_matrix=bt709"
    )
    source = tmp_path / "phone.mp4"
    ffmpeg.run(
        ["-v", "error", "-display_rotation", str(-clockwise), "-i", str(flat), "-c", "copy", str(source)],
        doing="turning",
        timeout_s=30,
    )

    assert near(corners(show(make(source, tmp_path / "w"))), [RED, GREEN, BLUE, WHITE])


def test_pixels_that_are_not_square_are_stretched_back(tmp_path: Path) -> None:
    # given a circle, stored squeezed to a half in width
    ys, xs = np.mgrid[:240, :135]
    picture = np.where(((xs - 67) ** 2 + (ys - 120) ** 2 < 50**2)[..., None], WHITE, BLUE).astype(np.uint8)
    source = draw(tmp_path / "a.mp4", picture, options=X264, filters="scale=68:240,setsar=135/68")

    shown = show(make(source, tmp_path / "w", preset=replace(SMALL, width=134, height=240)))[..., 0] > 128

    assert shown.any(0).sum() == pytest.approx(shown.any(1).sum(), rel=0.06)


@pytest.mark.parametrize(
    ("matrix", "tags"),
    [
        ("bt709", BT709),
        ("bt601", "-color_primaries smpte170m -color_trc smpte170m -colorspace smpte170m -color_range tv"),
        ("bt601", ""),  # untagged footage this small is standard definition
        ("bt2020", "-color_primaries bt709 -color_trc bt709 -colorspace bt2020nc -color_range tv"),
    ],
)
def test_colours_stay_what_they_are(matrix: str, tags: str, tmp_path: Path) -> None:
    source = draw(
        tmp_path / "a.mp4",
        quarters(216, 384),
        options=f"{X264} {tags}",
        filters=f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p",
    )

    final = make(source, tmp_path / "w")

    assert near(corners(show(final)), [RED, GREEN, BLUE, WHITE], by=8)
    assert tags_of(final) == ("bt709", "bt709", "bt709", "tv")


def tags_of(path: Path) -> tuple[str, ...]:
    """Primaries, transfer, matrix and range that a file states."""
    log = ffmpeg.run(
        ["-i", str(path), "-map", "0:v", "-c", "copy", "-f", "null", "-"], doing="asking", timeout_s=30
    )
    stated = next(line for line in log.splitlines() if "Video: h264" in line)
    if "tv, bt709, progressive" in stated or "tv, bt709)" in stated:
        return ("bt709", "bt709", "bt709", "tv")
    return (stated,)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p", "yuv444p", "gbrp"])
def test_full_range_is_brought_to_video_range(pix_fmt: str, tmp_path: Path) -> None:
    picture = quarters(216, 384)
    picture[:192, :108] = 0
    picture[192:, 108:] = 255
    codec = f"-c:v libx264{'rgb' if pix_fmt == 'gbrp' else ''} -preset ultrafast -crf 8 -color_range pc"
    source = draw(
        tmp_path / "a.mkv",
        picture,
        options=f"{codec} -pix_fmt {pix_fmt} {'' if pix_fmt == 'gbrp' else '-colorspace bt709'}",
        filters="null" if pix_fmt == "gbrp" else "scale=out_color_matrix=bt709:out_range=pc",
    )

    shown = corners(show(make(source, tmp_path / "w")))

    assert near(shown, [(0, 0, 0), GREEN, BLUE, (255, 255, 255)], by=9)


HDR = {
    # Code values, 0-1: black, a mid grey (26 nits), diffuse white (203 nits), a highlight (1000 nits).
    "smpte2084": (0.0, 0.38, 0.58, 0.75),
    "arib-std-b67": (0.0, 0.38, 0.75, 1.0),
}


@pytest.mark.parametrize("transfer", HDR)
@pytest.mark.parametrize("is_fully_tagged", [True, False])
@pytest.mark.parametrize("mode", ["fill", "fit"])
def test_hdr_becomes_a_sane_standard_picture(
    transfer: str, is_fully_tagged: bool, mode: str, tmp_path: Path
) -> None:
    # given four grey bars in HDR
    bars = np.repeat([64 + 876 * value for value in HDR[transfer]], 96).astype("<u2")
    luma, chroma = np.tile(bars[:, None], (1, 216)), np.full((2, 192, 108), 512, "<u2")
    source = tmp_path / "a.mp4"
    x265 = f"log-level=none:transfer={transfer}:range=limited"
    x265 += ":colorprim=bt2020:colormatrix=bt2020nc" if is_fully_tagged else ""
    ffmpeg.run_process(
        [
            *(ffmpeg.ffmpeg_path(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p10le"),
            *("-s", "216x384", "-r", "30", "-i", "-", "-c:v", "libx265", "-preset", "ultrafast", "-crf", "8"),
            *("-x265-params", x265, "-tag:v", "hvc1", "-color_trc", transfer, str(source)),
        ],
        doing="making HDR",
        timeout_s=60,
        stdin=(luma.tobytes() + chroma.tobytes()) * 15,
    )
    assert probe(source).is_hdr

    final = make(source, tmp_path / "w", crop=Crop(mode=mode), end_s=0.3)  # type: ignore[arg-type]  # a literal

    # then black is black, greys are grey and in order, white is bright and highlights are brighter
    shown = show(final)
    black, grey, white, light = (colour_at(shown, 54, y) for y in (24, 72, 120, 168))
    assert max(black) <= 8
    assert 50 <= grey[1] <= 130
    assert 150 <= white[1] <= 245
    assert light[1] >= white[1] + 8
    assert all(max(bar) - min(bar) <= 6 for bar in (black, grey, white, light))
    assert tags_of(final) == ("bt709", "bt709", "bt709", "tv")


def test_interlaced_footage_loses_its_combs(tmp_path: Path) -> None:
    # given a bar that moves sideways, in two fields per picture
    source = tmp_path / "a.mp4"
    ffmpeg.run(
        [
            *("-v", "error", "-f", "lavfi", "-i", "color=black:s=320x384:r=50:d=1"),
            *("-f", "lavfi", "-i", "color=white:s=40x384:r=50:d=1"),
            *(
                "-filter_complex",
                "[0][1]overlay=x='20+t*400':y=0,interlace=scan=tff:lowpass=off,setfield=tff",
            ),
            *(*X264.split(), "-flags", "+ilme+ildct", str(source)),
        ],
        doing="interlacing",
        timeout_s=60,
    )
    (cut,) = place([(source, 0.0, 0.6)])
    assert cut.source.info.is_interlaced
    combed = replace(
        cut, source=SourceFile(source, cut.source.info.model_copy(update={"is_interlaced": False}))
    )
    shape = replace(SMALL, width=216, height=384)

    combs = [
        comb_energy(picture_only([one], tmp_path / name, shape)) for name, one in (("a", cut), ("b", combed))
    ]

    assert combs[0] < combs[1] / 4


def comb_energy(path: Path) -> float:
    luma = show(path, number=10)[..., 1].astype(float)
    return float(np.abs(2 * luma[1:-1] - luma[:-2] - luma[2:]).mean())
