"""Badges and what browsers play, told from what the prober found."""

from typing import Any

import pytest

from ui.components.footage_facts import badges, codec_title, why_unplayable

PROBE: dict[str, Any] = {
    "display_width": 1920, "display_height": 1080, "fps": 30000 / 1001, "is_vfr": False, "transfer": None,
    "rotation": 0, "is_interlaced": False, "is_truncated": False, "codec": "h264", "pix_fmt": "yuv420p",
}  # fmt: skip


def labels(**changes: Any) -> list[str]:
    has_audio = changes.pop("has_audio", True)
    return [badge.label for badge in badges(PROBE | changes, has_audio=has_audio)]


def test_plain_footage_has_its_size_and_rate_alone() -> None:
    assert labels() == ["1080p", "29.97 fps"]


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"display_width": 3840, "display_height": 2160}, "4K"),
        ({"display_width": 2160, "display_height": 3840}, "4K"),
        ({"display_width": 1080, "display_height": 1920}, "1080p"),
        ({"fps": 60000 / 1001}, "59.94 fps"),
        ({"is_vfr": True, "fps": 27.4}, "VFR ~27.4 fps"),
        ({"transfer": "hlg"}, "HDR"),
        ({"rotation": 90}, "rotated 90°"),
        ({"is_interlaced": True}, "interlaced"),
        ({"is_truncated": True}, "cut off"),
        ({"has_audio": False}, "no audio"),
    ],
)
def test_what_is_special_has_a_badge(changes: dict[str, Any], label: str) -> None:
    assert label in labels(**changes)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix", "reason"),
    [
        ("h264", "yuv420p", ".mp4", None),
        ("h264", "yuvj420p", ".mov", None),
        ("vp9", "yuv420p", ".webm", None),
        ("hevc", "yuv420p10le", ".mp4", "Not every browser plays HEVC"),
        ("h264", "yuv422p10le", ".mp4", "Browsers don't play 10-bit H.264"),
        ("prores", "yuv422p10le", ".mov", "Not every browser plays ProRes"),
        ("h264", "yuv420p", ".mkv", "Browsers don't play MKV files"),
    ],
)
def test_what_browsers_do_not_play_is_said(codec: str, pix_fmt: str, suffix: str, reason: str | None) -> None:
    assert why_unplayable({"codec": codec, "pix_fmt": pix_fmt}, f"a/footage/b{suffix}") == reason


def test_an_unknown_codec_is_called_by_its_own_name() -> None:
    assert codec_title("cinepak") == "CINEPAK"
