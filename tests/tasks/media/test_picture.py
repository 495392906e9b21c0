"""The picture of a clip: upright, in the right shape and colours, with its captions, whatever the source."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from models.edit import CaptionStyle, Crop, Word
from tasks.media import ffmpeg
from tasks.media.caption_report import captions_report
from tasks.media.picture import CAPTIONS_NAME, PictureJob, picture_arguments, render_picture
from tasks.media.presets import PRESETS, Preset, SafeZone, find_preset
from tasks.media.probe import probe
from tasks.media.subtitles import build_captions, write_ass
from tasks.media.timeline import PlacedCut, SourceFile
from tests.tasks.media.coded import FPS, SMALL, lengths, place, render
from tests.tasks.media.odd_files import USABLE, OddFile, odd_folder

__all__ = ["odd_folder"]  # a fixture is used by being here

Rgb = tuple[int, int, int]
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 180, 40), (40, 50, 190), (220, 220, 220)

X264 = "-c:v libx264 -preset ultrafast -crf 12 -pix_fmt yuv420p"
BT709 = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"


def draw(
    path: Path, picture: NDArray[np.uint8], *, options: str, filters: str = "null", frames: int = 20
) -> Path:
    """Encodes one RGB picture `(height, width, 3)` as footage without sound."""
    height, width = picture.shape[:2]
    ffmpeg.run_process(
        [
            *(ffmpeg.ffmpeg_path(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"),
            *("-s", f"{width}x{height}", "-r", str(FPS), "-i", "-"),
            *("-vf", filters, *options.split(), str(path)),
        ],
        doing=f"making {path.name}",
        timeout_s=60,
        stdin=picture.tobytes() * frames,
    )
    return path


def quarters(width: int, height: int) -> NDArray[np.uint8]:
    """Red and green above blue and white."""
    picture = np.zeros((height, width, 3), np.uint8)
    half_w, half_h = width // 2, height // 2
    picture[:half_h, :half_w], picture[:half_h, half_w:] = RED, GREEN
    picture[half_h:, :half_w], picture[half_h:, half_w:] = BLUE, WHITE
    return picture


def show(path: Path, *, number: int = 5) -> NDArray[np.uint8]:
    """A picture of a finished file as a player shows it: RGB, `(height, width, 3)`."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        width, height = video.width, video.height
    data: list[bytes] = []
    ffmpeg.run(
        [
            *("-v", "error", "-i", str(path), "-an", "-frames:v", "1"),
            *("-vf", f"select='eq(n,{number})',scale=in_color_matrix=bt709:in_range=tv,format=rgb24"),
            *("-f", "rawvideo", "-"),
        ],
        doing="reading a picture",
        timeout_s=60,
        on_output=data.append,
    )
    return np.frombuffer(b"".join(data), np.uint8).reshape(height, width, 3)


def corners(picture: NDArray[np.uint8]) -> list[Rgb]:
    """Mean colours of the quarters' middles: above left and right, below left and right."""
    height, width = picture.shape[:2]
    return [colour_at(picture, width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]


def colour_at(picture: NDArray[np.uint8], x: int, y: int) -> Rgb:
    red, green, blue = picture[y - 3 : y + 3, x - 3 : x + 3].reshape(-1, 3).mean(0)
    return round(red), round(green), round(blue)


def near(found: Sequence[Rgb], wanted: Sequence[Rgb], *, by: int = 10) -> bool:
    return bool(np.abs(np.array(found) - np.array(wanted)).max() <= by)


def make(
    source: Path, folder: Path, *, preset: Preset = SMALL, crop: Crop | None = None, end_s: float = 0.5
) -> Path:
    """Renders the beginning of a file."""
    return render([(source, 0.0, end_s)], folder, preset=preset, crop=crop).path


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


def picture_only(placed: Sequence[PlacedCut], folder: Path, preset: Preset) -> Path:
    """Renders with a stand-in for the sound."""
    folder.mkdir()
    sound = folder / "silence.m4a"
    ffmpeg.run(
        [
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "anullsrc=r=48000:cl=stereo",
            "-t",
            "1",
            "-c:a",
            "aac",
            str(sound),
        ],
        doing="making silence",
        timeout_s=30,
    )
    job = PictureJob(placed=placed, preset=preset, audio=sound, has_captions=False)
    return render_picture(job, "final.mp4", folder=folder)


def tiny(preset: Preset) -> Preset:
    """A preset in a tenth of its size."""
    return replace(
        preset, width=preset.width // 20 * 2, height=preset.height // 20 * 2, x264_preset="ultrafast"
    )


# pitfall 62
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize(("width", "height"), [(321, 181), (180, 320)])
def test_filling_keeps_the_middle_undistorted(
    preset: Preset, width: int, height: int, tmp_path: Path
) -> None:
    # given a square in the middle of footage of another shape
    picture = np.zeros((height, width, 3), np.uint8) + np.uint8(90)
    side = min(width, height) // 4
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = WHITE
    source = draw(tmp_path / "a.mp4", picture, options=f"{X264} -pix_fmt yuv444p")

    shown = show(make(source, tmp_path / "w", preset=tiny(preset), end_s=0.3))

    # then it is a square in the middle, and nothing is black
    assert shown.shape[:2] == (tiny(preset).height, tiny(preset).width)
    white = shown[..., 1] > 160
    columns, rows = np.flatnonzero(white.any(0)), np.flatnonzero(white.any(1))
    assert abs(len(columns) - len(rows)) <= 2
    assert abs(columns.mean() - shown.shape[1] / 2) <= 2
    assert abs(rows.mean() - shown.shape[0] / 2) <= 2
    assert shown.min() > 60


# pitfall 62
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize(("width", "height"), [(384, 216), (216, 384), (301, 131)])
def test_fitting_shows_the_whole_picture_over_a_blur(
    preset: Preset, width: int, height: int, tmp_path: Path
) -> None:
    source = draw(tmp_path / "a.mp4", quarters(width, height), options=f"{X264} -pix_fmt yuv444p")
    out = tiny(preset)

    shown = show(make(source, tmp_path / "w", preset=out, crop=Crop(mode="fit"), end_s=0.3))

    # then all four corners of the footage are there, in their colours, and no bar is black
    scale = min(out.width / width, out.height / height)
    half_w, half_h = width * scale / 2 - 5, height * scale / 2 - 5
    middle_x, middle_y = out.width / 2, out.height / 2
    seen = [
        colour_at(shown, round(middle_x + x * half_w), round(middle_y + y * half_h))
        for y in (-1, 1)
        for x in (-1, 1)
    ]
    assert near(seen, [RED, GREEN, BLUE, WHITE], by=16)
    assert shown.reshape(-1, 3).max(1).min() > 50


def test_wide_pixels_are_fitted_in_shape(tmp_path: Path) -> None:
    # given 16:9 stored in 240x240 pixels
    source = draw(tmp_path / "a.mp4", quarters(240, 240), options=X264, filters="setsar=16/9")

    shown = show(make(source, tmp_path / "w", crop=Crop(mode="fit"), end_s=0.3))

    # then it stands 61 lines high in 108x192: coloured inside, blurred two lines further out
    assert near([colour_at(shown, 27, 96 - 24), colour_at(shown, 81, 96 + 24)], [RED, WHITE], by=16)
    rows = np.abs(np.diff(shown[:, 27].astype(int), axis=0)).sum(1)
    edges = np.flatnonzero(rows > 30)
    assert edges.min() == pytest.approx(96 - 30.4, abs=3)


# pitfall 44, 47
def test_captions_are_burned_where_they_are_meant_to_be(tmp_path: Path) -> None:
    # given footage and a scratch folder with names that break careless code
    folder = tmp_path / "it's a [1] wéird: 100%, 'dir';"
    folder.mkdir()
    source = draw(folder / 'mum\'s \\ "film" [2] – ü.mp4', quarters(216, 384), options=X264, frames=60)
    preset = replace(SMALL, width=270, height=480, safe_zone=SafeZone(16, 60, 240, 375))
    words = [Word(text="Hello", start_s=0.1, end_s=0.6), Word(text="there", start_s=0.6, end_s=1.2)]
    scratch = folder / "scratch's"
    scratch.mkdir()
    write_ass(
        build_captions(words, style=CaptionStyle(), preset=preset, duration_s=1.6), scratch / CAPTIONS_NAME
    )
    box = captions_report(scratch / CAPTIONS_NAME, preset=preset, duration_s=1.6).box_px
    assert box is not None

    # when it is rendered with and without
    cuts = [(source, 0.0, 0.8), (source, 0.9, 1.7)]
    with_captions = render(cuts, scratch, preset=preset, has_captions=True)
    without = render(cuts, folder / "plain", preset=preset)

    # then pixels differ inside the caption's box, in time and nowhere else
    shown = np.abs(show(with_captions.path, number=10).astype(int) - show(without.path, number=10))
    left, top, right, bottom = (round(side) for side in box)
    assert shown[top:bottom, left:right].mean() > 15
    outside = np.ones(shown.shape[:2], bool)
    outside[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = False
    assert shown[outside].mean() < 1.5
    later = np.abs(show(with_captions.path, number=1).astype(int) - show(without.path, number=1))
    assert later.mean() < 1.5
    # and the letters are of a readable size, not of the file's default 288 lines
    letters = shown[top:bottom, left:right].max(2) > 60
    assert 0.04 * 480 < np.flatnonzero(letters.any(1)).size < 0.15 * 480


@pytest.mark.parametrize("has_poster", [True, False])
def test_draft_shows_the_same_frames_as_the_final(has_poster: bool, tmp_path: Path) -> None:
    source = draw(tmp_path / "a.mp4", quarters(384, 216), options=f"{X264} {BT709}", frames=60)
    cuts = [(source, 0.0, 0.6), (source, 1.0, 1.6)]

    final = render(cuts, tmp_path / "final")
    draft = render(cuts, tmp_path / "draft", is_draft=True, poster="poster.jpg" if has_poster else None)

    # pitfall 80
    assert lengths(draft.path)[0] == lengths(final.path)[0] == 36
    difference = np.abs(show(draft.path).astype(int) - show(final.path))
    assert difference.mean() < 3
    assert (tmp_path / "draft" / "poster.jpg").exists() == has_poster


def test_poster_has_the_colours_of_the_clip(tmp_path: Path) -> None:
    source = draw(
        tmp_path / "a.mp4",
        quarters(216, 384),
        options=f"{X264} {BT709}",
        filters="scale=out_color_matrix=bt709:out_range=tv",
    )

    render([(source, 0.0, 0.5)], tmp_path / "w", is_draft=True, poster="poster.jpg")

    with av.open(str(tmp_path / "w" / "poster.jpg")) as poster:
        frame = next(poster.decode(video=0))
        # JPEG is full range with the matrix of BT.601 by definition (JFIF).
        picture = frame.reformat(format="rgb24", src_colorspace="ITU601", src_color_range="JPEG").to_ndarray()
    assert near(corners(picture), [RED, GREEN, BLUE, WHITE], by=10)


def test_call_names_no_file_of_the_user(tmp_path: Path) -> None:
    source = draw(tmp_path / "mum's film.mp4", quarters(96, 54), options=X264)
    placed = place([(source, 0.0, 0.3), (source, 0.1, 0.5)])

    arguments = picture_arguments(
        PictureJob(placed=placed, preset=SMALL, audio=tmp_path / "it's.m4a", has_captions=True), "final.mp4"
    )

    assert not any(
        "mum" in argument or "it's" in argument or str(tmp_path) in argument for argument in arguments
    )


# pitfall 45, 50, 51, 59, 64
@pytest.mark.slow
@pytest.mark.parametrize("file", USABLE, ids=lambda file: file.name)
def test_every_odd_file_gives_exact_frames(file: OddFile, odd_folder: Path, tmp_path: Path) -> None:
    source = odd_folder / file.name
    end_s = int(probe(source).duration_s * FPS) / FPS
    half_s = round(end_s * FPS / 2) / FPS

    made = render(
        [(source, half_s, end_s), (source, 0.0, end_s)], tmp_path / "w", preset=tiny(find_preset("reels"))
    )

    frames, picture_s, sound_s = lengths(made.path)
    assert frames == made.frames == round((end_s * 2 - half_s) * FPS)
    assert abs(sound_s - picture_s) < 1 / FPS
