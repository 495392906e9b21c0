import shutil
from pathlib import Path

import numpy as np
import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from models.edit import CaptionStyle, Word
from tasks.media import ffmpeg
from tasks.media.caption_report import captions_report
from tasks.media.presets import PRESETS, Preset, find_preset
from tasks.media.subtitles import (
    Captions,
    build_captions,
    escape_ass,
    paginate,
    to_ass,
    unescape_ass,
    write_ass,
)
from tasks.media.text_layout import FONTS_DIR

REELS = find_preset("reels")
GREEN = (0, 255, 0)


def spoken(text: str, step_s: float = 0.4) -> tuple[Word, ...]:
    return tuple(
        Word(text=token, start_s=round(index * step_s, 3), end_s=round((index + 1) * step_s, 3))
        for index, token in enumerate(text.split(" "))
    )


def captions_for(text: str, *, preset: Preset = REELS, duration_s: float = 20.0, **style: object) -> Captions:
    return build_captions(
        spoken(text), style=CaptionStyle.model_validate(style), preset=preset, duration_s=duration_s
    )


def pages(captions: Captions) -> list[str]:
    return [" ".join(word.text for word in page.words) for page in captions.pages]


def events(captions: Captions) -> list[pysubs2.SSAEvent]:
    return list(pysubs2.SSAFile.from_string(to_ass(captions), format_="ass"))


def draw(captions: Captions, at_s: float, folder: Path) -> NDArray[np.uint8]:
    """Burns the captions on plain green, as a render does: fixed names, only the bundled font's folder."""
    preset = captions.preset
    write_ass(captions, folder / "captions.ass")
    shutil.copytree(FONTS_DIR, folder / "fonts", dirs_exist_ok=True)
    source = f"color=c=0x00FF00:s={preset.width}x{preset.height}:r=10:d={at_s + 0.2:.1f},format=gbrp"
    graph = f"trim=start={at_s:.1f},subtitles=captions.ass:fontsdir=fonts"
    one_picture = ["-frames:v", "1", "-update", "1", "frame.png"]
    log = ffmpeg.run(
        ["-v", "warning", "-y", "-f", "lavfi", "-i", source, "-vf", graph, *one_picture],
        doing="drawing captions",
        timeout_s=60,
        cwd=folder,
    )
    assert log == ""  # libass warns about fonts and glyphs it can't find
    with Image.open(folder / "frame.png") as image:
        return np.asarray(image.convert("RGB"))


def drawn_box(frame: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    is_drawn = np.abs(frame.astype(int) - GREEN).sum(axis=2) > 150
    rows, columns = np.where(is_drawn)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def has_colour(frame: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    is_near: NDArray[np.bool_] = np.abs(frame.astype(int) - colour).sum(axis=2) < 30
    return is_near


def test_pages_end_with_sentences_and_pauses() -> None:
    words = [*spoken("Soft wool. Made"), Word(text="here", start_s=2.0, end_s=2.4)]
    groups = [[word.text for word in page] for page in paginate(words, words_per_page=3)]
    assert groups == [["Soft", "wool."], ["Made"], ["here"]]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("a b c d", [2, 2]), ("a b c d e f g", [3, 2, 2]), ("a b c d, e f", [3, 3]), ("a b, c d e", [2, 3])],
)
def test_pages_are_even_and_prefer_clauses(text: str, sizes: list[int]) -> None:
    found = [len(page) for page in paginate(spoken(text), words_per_page=3)]
    assert sorted(found) == sorted(sizes)
    if "b," in text:
        assert found == sizes


def test_the_spoken_word_is_highlighted_and_nothing_flickers() -> None:
    first, second, third = events(captions_for("Only three words"))
    assert first.text.count("&H00D4FF&") == 1
    assert r"{\1c&H00D4FF&}Only" in first.text
    assert r"{\1c&H00D4FF&}three" in second.text
    assert r"{\1c&H00D4FF&}words" in third.text
    assert (first.end, second.end) == (second.start, third.start)


def test_a_page_stays_a_moment_or_until_the_next_one() -> None:
    # given a sentence, a short pause, a sentence, and a long end
    words = (
        *spoken("One."),
        *(word.model_copy(update={"start_s": 0.8, "end_s": 1.2}) for word in spoken("Two.")),
    )
    captions = build_captions(words, style=CaptionStyle(), preset=REELS, duration_s=10)
    assert [page.end_s for page in captions.pages] == pytest.approx([0.8, 1.9])


def test_nothing_is_shown_after_the_video() -> None:
    captions = captions_for("One two three four five", duration_s=1.205)
    assert pages(captions) == ["One two three"]
    assert events(captions)[-1].end <= 1205
    assert "2 of 5 words are spoken after the video's end" in captions.warnings[0]


def test_wide_words_get_pages_of_their_own_instead_of_small_letters() -> None:
    captions = captions_for("Extraordinarily comfortable craftsmanship")
    assert len(captions.pages) > 1
    assert {page.block.em_px for page in captions.pages} == {0.078 * 1080}


def test_landscape_letters_are_sized_by_the_shorter_side() -> None:
    heights = {
        name: captions_for("Hello", preset=preset).pages[0].block.em_px for name, preset in PRESETS.items()
    }
    assert set(heights.values()) == {0.078 * 1080}


def test_uppercase_is_a_matter_of_style() -> None:
    assert pages(captions_for("Große Öfen", uppercase=True)) == ["GROSSE ÖFEN"]


def test_emoji_are_left_out_with_a_warning() -> None:
    captions = captions_for("New 🎉 lamps✨ שלום")
    assert pages(captions) == ["New lamps שלום"]
    assert "has no 🎉 ✨ ש" in captions.warnings[0]


def test_no_words_no_captions() -> None:
    captions = build_captions((), style=CaptionStyle(), preset=REELS, duration_s=5)
    assert captions.pages == ()
    assert captions.warnings == ()
    assert events(captions) == []


@given(st.text(alphabet="\\{}Nnhab\u200b&cÄ ", min_size=1, max_size=20))
def test_escaped_text_keeps_its_characters(text: str) -> None:
    plain = " ".join(text.replace("\u200b", "").split())
    escaped = escape_ass(plain)
    assert "\n" not in escaped
    assert unescape_ass(escaped) == plain


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("reels", "AVATAR Wąż"),  # kerning, which libass leaves out unless told
        ("tiktok", "W" * 300),
        ("square", "{\\b1}x C:\\new\\h a}b"),
        ("youtube", "Donaudampfschifffahrtsgesellschaft"),
        ("reels", "ǺÉgjpqy Привет Ωρα"),
    ],
)
def test_what_is_drawn_fills_the_measured_box(preset: str, text: str, tmp_path: Path) -> None:
    # given captions whose box was measured
    captions = captions_for(text, preset=find_preset(preset))
    frame = draw(captions, 0.1, tmp_path)
    report = captions_report(tmp_path / "captions.ass", preset=captions.preset, duration_s=20)
    first = captions.pages[0]
    em_px, (x, y) = first.block.em_px, first.centre_px
    half_px = first.block.width_px / 2 + 0.09 * em_px
    # when they are burned
    left, top, right, bottom = drawn_box(frame)
    # then the pixels lie in the safe zone and reach the measured edges, side bearings aside
    assert report.passed, report.problems
    assert captions.preset.safe_zone.holds(left, top, right, bottom)
    assert x - half_px - 1 <= left <= x - half_px + 0.12 * em_px
    assert x + half_px - 0.12 * em_px <= right <= x + half_px + 0.03 * em_px + 1
    assert abs((top + bottom) / 2 - y) < 0.15 * em_px


def test_letters_are_as_high_as_the_style_says(tmp_path: Path) -> None:
    # given no outline; Inter's capital H is 2048 of 2816 units high
    captions = captions_for("H", outline=0)
    frame = draw(captions, 0.1, tmp_path)
    rows = np.where(has_colour(frame, (255, 212, 0)).any(axis=1))[0]
    assert rows.max() - rows.min() + 1 == pytest.approx(0.078 * 1080 * 2048 / 2816, abs=1.5)


def test_letters_stay_in_place_while_the_highlight_moves(tmp_path: Path) -> None:
    captions = captions_for("AVA To fly")
    frames = [draw(captions, at_s, tmp_path) for at_s in (0.1, 0.5, 0.9)]
    letters = [has_colour(frame, (255, 255, 255)) | has_colour(frame, (255, 212, 0)) for frame in frames]
    highlighted = [float(np.where(has_colour(frame, (255, 212, 0)))[1].mean()) for frame in frames]
    assert highlighted == sorted(highlighted)
    for other in letters[1:]:
        # Edge pixels blend with the outline a little differently in white and in yellow.
        assert np.mean(other[letters[0] | other] != letters[0][letters[0] | other]) < 0.02


words_strategy = st.lists(
    st.tuples(
        st.text(alphabet="abcWÅ.,!?{}\\N—é🎉日ש", min_size=1, max_size=24),
        st.floats(min_value=0.0, max_value=1.2),
        st.floats(min_value=0.001, max_value=0.9),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(
    words_strategy,
    st.sampled_from(list(PRESETS.values())),
    st.integers(min_value=1, max_value=8),
    st.sampled_from([0.02, 0.05, 0.078, 0.2]),
    st.floats(min_value=0.0, max_value=0.4),
)
def test_captions_keep_their_promises(
    tmp_path_factory: pytest.TempPathFactory,
    timed: list[tuple[str, float, float]],
    preset: Preset,
    words_per_page: int,
    size: float,
    tail_s: float,
) -> None:
    # given any words one after the other
    words, now_s = [], 0.0
    for text, gap_s, length_s in timed:
        words.append(Word(text=text, start_s=now_s + gap_s, end_s=now_s + gap_s + length_s))
        now_s += gap_s + length_s
    duration_s = now_s + 0.2 + tail_s
    # when they become captions
    style = CaptionStyle(size=size, words_per_page=words_per_page)
    captions = build_captions(words, style=style, preset=preset, duration_s=duration_s)
    path = tmp_path_factory.mktemp("captions") / "captions.ass"
    write_ass(captions, path)
    report = captions_report(path, preset=preset, duration_s=duration_s)
    # then none overlaps, runs past the end or leaves the safe zone
    assert report.passed, report.problems
    # and every word that can be drawn is there once and in order
    drawn = "".join(word.text for page in captions.pages for word in page.words)
    assert drawn.replace(" ", "") == "".join(word.text for word in words).replace("🎉", "")
    shown = ["".join(piece.text for line in page.block.lines for piece in line) for page in captions.pages]
    if all(page.block.is_complete for page in captions.pages):
        assert "".join(shown).replace(" ", "") == drawn.replace(" ", "")


def test_no_page_reaches_over_a_break() -> None:
    words = spoken("one two three four")

    pages = paginate(words, words_per_page=3, breaks_s=(words[1].start_s, 100.0))

    assert [[word.text for word in page] for page in pages] == [["one"], ["two", "three", "four"]]
