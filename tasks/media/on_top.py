"""What lies on the footage and under the captions: the brand's logo, and its card at the end.

Both are small files of their own that the one call of a picture reads beside its sources. Frames are
counted on the output's grid, so nothing here changes how long a clip is.
"""

from dataclasses import dataclass

import ffmpeg

LOGO_NAME = "logo.png"
CARD_NAME = "card.nut"


@dataclass(frozen=True, slots=True)
class OnTop:
    """Which of the two there are in the scratch folder."""

    logo_px: tuple[int, int] | None = None
    """Left and top of `logo.png`, both even; None for no logo."""
    card_frame: int | None = None
    """The output's frame at which `card.nut` begins; its last picture stays to the end. None for no card."""


NOTHING = OnTop()


def lay_on_top(
    picture: "ffmpeg.nodes.FilterableStream", on_top: OnTop, *, fps: int
) -> "ffmpeg.nodes.FilterableStream":
    """Draws them; a picture without any is handed back as it is."""
    if on_top.logo_px is not None:
        logo = ffmpeg.input(LOGO_NAME, f="image2").filter("scale", out_color_matrix="bt709", out_range="tv")
        x, y = on_top.logo_px
        # One picture, which the filter repeats by itself.
        picture = _overlay(picture, logo.filter("format", "yuva420p"), x, y)
    if on_top.card_frame is not None:
        # Half a frame early: rounded however, each of the card's pictures is there for its own frame.
        card = (
            ffmpeg.input(CARD_NAME, f="nut")
            .filter("settb", f"1/{2 * fps}")
            .filter("setpts", f"2*N+{2 * on_top.card_frame - 1}")
        )
        picture = _overlay(picture, card, 0, 0)
    return picture


def _overlay(
    under: "ffmpeg.nodes.FilterableStream", over: "ffmpeg.nodes.FilterableStream", x: int, y: int
) -> "ffmpeg.nodes.FilterableStream":
    return ffmpeg.filter([under, over], "overlay", x, y, format="yuv420", eof_action="repeat")
