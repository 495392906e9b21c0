"""A footage's poster and filmstrip: upright, of a fixed shape, showing it from its start to its end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.media import ffmpeg
from tasks.media.footage_info import FootageInfo
from tasks.media.previews import FILMSTRIP_FRAMES, POSTER_WIDTH, Previews, cut_previews, spread
from tasks.media.probe import probe
from tests.tasks.media.coded import X264, make_coded, read_numbers


def make(path: Path, picture: str) -> Path:
    ffmpeg.run(
        ["-v", "error", "-f", "lavfi", "-i", picture, *X264, "-y", str(path)],
        doing="making footage",
        timeout_s=60,
    )
    return path


@given(st.integers(1, 40), st.integers(1, 20))
def test_places_go_from_the_first_picture_to_the_last(available: int, wanted: int) -> None:
    chosen = spread(available, wanted)

    assert len(chosen) == wanted
    assert chosen == sorted(chosen)
    assert chosen[0] == 0
    assert chosen[-1] == (available - 1 if wanted > 1 else 0)


def test_the_strip_goes_through_the_footage_and_the_poster_is_a_second_in(tmp_path: Path) -> None:
    # given six seconds of numbered pictures
    source = make_coded(tmp_path / "it's 100%.mp4", rate=30, duration_s=6.0)  # pitfall 44
    # when its pictures are cut
    previews = cut_previews(source, probe(source), folder=tmp_path / "work")
    # then the poster is the picture at one second, and the strip rises from near 0 to near 180
    assert previews.poster is not None
    assert read_numbers(previews.poster)[0] == 30
    assert previews.filmstrip is not None
    with Image.open(previews.filmstrip) as strip:
        assert strip.format == "JPEG"
        assert strip.size == (160 * FILMSTRIP_FRAMES, 90)
    numbers = [read_numbers(path)[0] for path in sorted((tmp_path / "work" / "strip").glob("*.jpg"))]
    assert len(numbers) == FILMSTRIP_FRAMES
    assert numbers == sorted(numbers)
    assert numbers[0] < 15
    assert numbers[-1] > 165


@pytest.mark.parametrize(
    ("size", "poster", "frame"),
    [
        ("1280x720", (320, 180), (160, 90)),
        ("720x1280", (320, 568), (90, 160)),
        ("200x100", (200, 100), (160, 80)),
    ],
)
def test_the_poster_has_its_width_whatever_the_shape(
    size: str, poster: tuple[int, int], frame: tuple[int, int], tmp_path: Path
) -> None:
    source = make(tmp_path / "source.mp4", f"testsrc2=size={size}:rate=30:duration=0.5")

    previews = cut_previews(source, probe(source), folder=tmp_path / "work")

    assert previews.poster is not None
    assert previews.filmstrip is not None
    with Image.open(previews.poster) as picture:
        assert picture.size == pytest.approx(poster, abs=2)
        assert picture.width <= POSTER_WIDTH
    with Image.open(previews.filmstrip) as strip:
        assert strip.size == pytest.approx((frame[0] * FILMSTRIP_FRAMES, frame[1]), abs=2 * FILMSTRIP_FRAMES)


def test_footage_of_a_few_pictures_still_fills_the_strip(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", "testsrc2=size=320x180:rate=30:duration=0.2")

    previews = cut_previews(source, probe(source), folder=tmp_path / "work")

    assert previews.filmstrip is not None
    with Image.open(previews.filmstrip) as strip:
        assert strip.width == 160 * FILMSTRIP_FRAMES


def test_what_can_t_be_decoded_has_no_picture(tmp_path: Path) -> None:
    # given footage that says it begins long after it has ended
    source = make_coded(tmp_path / "source.mp4", rate=30, duration_s=1.0)
    info: FootageInfo = probe(source).model_copy(update={"start_s": 40.0, "duration_s": 50.0})
    # when its pictures are cut, then there are none
    assert cut_previews(source, info, folder=tmp_path / "work") == Previews(None, None)
