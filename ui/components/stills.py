"""Frames of footage as addresses: what a segment or a cut looks like, at its start, inside, at its end."""

from uuid import UUID

from models.listing import FootageLine
from ui.components.desk import Desk
from ui.components.media import media_url, origin
from ui.web.stills import STILL_FPS, still_path

#: The first frames of a shot are where dissolves and encoders leave traces.
_INSET_SHARE = 0.1


def still_url(desk: Desk, footage_id: UUID, at_s: float) -> str:
    """Where the browser finds the frame that is shown at a time of a footage."""
    return origin(desk) + still_path(desk.slug, footage_id, at_s)


def span_still(desk: Desk, footage_id: UUID, start_s: float, end_s: float) -> str:
    """The frame that stands for a span: the one in its middle."""
    return still_url(desk, footage_id, (start_s + end_s) / 2)


def footage_picture(desk: Desk, footage: FootageLine) -> str:
    """What a footage looks like: its poster, or the frame in its middle, cut when it is first looked at.

    Making reels makes no posters, since nobody may ever look at them.
    """
    if footage.poster_key is not None:
        return media_url(desk, "footage-poster", footage.id)
    return span_still(desk, footage.id, 0.0, footage.duration_s)


def span_stills(desk: Desk, footage_id: UUID, start_s: float, end_s: float, *, count: int) -> list[str]:
    """So many frames of a span from its beginning to its end."""
    return [still_url(desk, footage_id, at_s) for at_s in spread_times(start_s, end_s, count)]


def spread_times(start_s: float, end_s: float, count: int) -> list[float]:
    """Times evenly spread over a span `[start_s, end_s)`, a little away from its cuts."""
    inset_s = (end_s - start_s) * _INSET_SHARE
    first_s, last_s = start_s + inset_s, max(start_s, end_s - max(inset_s, 1 / STILL_FPS))
    if count == 1:
        return [(start_s + end_s) / 2]
    return [first_s + (last_s - first_s) * step / (count - 1) for step in range(count)]
