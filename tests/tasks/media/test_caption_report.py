from pathlib import Path

import pytest

from models.edit import CaptionStyle, Word
from tasks.media.caption_report import captions_report
from tasks.media.presets import find_preset
from tasks.media.subtitles import build_captions, to_ass

REELS = find_preset("reels")


@pytest.fixture
def ass(tmp_path: Path) -> Path:
    words = [Word(text=text, start_s=index, end_s=index + 1) for index, text in enumerate(["Soft", "wool"])]
    captions = build_captions(words, style=CaptionStyle(), preset=REELS, duration_s=2.5)
    path = tmp_path / "captions.ass"
    path.write_text(to_ass(captions), encoding="utf-8")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_good_captions_pass_with_their_facts(ass: Path) -> None:
    report = captions_report(ass, preset=REELS, duration_s=2.5)
    assert report.passed
    assert (report.events, report.first_start_s, report.last_end_s) == (2, 0.0, 2.5)
    assert report.smallest_em_px == pytest.approx(0.078 * 1080, abs=0.02)
    assert report.box_px is not None
    left, top, right, bottom = report.box_px
    assert (left + right) / 2 == pytest.approx(540, abs=2)
    assert top < REELS.caption_anchor * 1920 < bottom


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (r"\pos(540.0,1132.8)", r"\pos(80.0,1132.8)", "leaves the safe zone of reels"),
        (r"\pos(540.0,1132.8)", r"\pos(540.0,1500)", "leaves the safe zone of reels"),
        (r"\pos(540.0,1132.8)", "", "has no position"),
        (r"\pos(540.0,1132.8)", r"\pos(540.0,1132.8)\fs700", "leaves the safe zone of reels"),
        ("0:00:02.50", "0:00:02.60", "ends after the video"),
        ("0:00:00.00,0:00:01.00", "0:00:00.00,0:00:01.10", "starts before the one before it ends"),
        ("0:00:00.00,0:00:01.00", "0:00:00.00,0:00:00.00", "is never shown"),
        ("PlayResY: 1920", "PlayResY: 288", "1080x288"),
    ],
)
def test_each_defect_is_found(ass: Path, old: str, new: str, problem: str) -> None:  # pitfalls 47, 48
    change(ass, old, new)
    report = captions_report(ass, preset=REELS, duration_s=2.5)
    assert not report.passed
    assert problem in " ".join(report.problems)


def test_a_file_without_captions_has_no_box(ass: Path) -> None:
    ass.write_text(
        "".join(line for line in ass.read_text().splitlines(keepends=True) if "Dialogue" not in line)
    )
    report = captions_report(ass, preset=REELS, duration_s=2.5)
    assert report.passed
    assert (report.events, report.box_px, report.last_end_s) == (0, None, None)
