import pytest

from models.errors import BadInput
from tasks.media.presets import PRESETS, Preset, SafeZone, find_preset

VERTICAL = ["reels", "tiktok", "shorts"]


def test_the_six_formats_are_there() -> None:
    sizes = {name: (preset.width, preset.height) for name, preset in PRESETS.items()}
    assert sizes == {
        "reels": (1080, 1920),
        "tiktok": (1080, 1920),
        "shorts": (1080, 1920),
        "feed": (1080, 1350),
        "square": (1080, 1080),
        "youtube": (1920, 1080),
    }


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_a_safe_zone_lies_in_its_frame_and_holds_the_captions(preset: Preset) -> None:
    zone = preset.safe_zone
    assert SafeZone(0, 0, preset.width, preset.height).holds(zone.left, zone.top, zone.right, zone.bottom)
    assert zone.top < preset.caption_anchor * preset.height < zone.bottom
    # x264 needs even sizes for yuv420p
    assert preset.width % 2 == preset.height % 2 == 0


@pytest.mark.parametrize("name", VERTICAL)
def test_vertical_captions_keep_clear_of_the_advert_zone(name: str) -> None:
    # given a page of two lines of the default size (102 px a line) at the anchor
    preset = find_preset(name)
    assert preset.caption_anchor * preset.height + 102 < 0.65 * preset.height


def test_an_unknown_preset_names_the_choices() -> None:
    with pytest.raises(BadInput, match=r"'instagram'.*reels, tiktok, shorts, feed, square, youtube"):
        find_preset("instagram")


@pytest.mark.parametrize(
    ("box", "is_inside"),
    [((10, 10, 20, 20), True), ((9, 10, 20, 20), False), ((10, 10, 20, 21), False)],
)
def test_a_zone_holds_what_lies_inside(box: tuple[int, int, int, int], is_inside: bool) -> None:
    assert SafeZone(10, 10, 20, 20).holds(*box) is is_inside
