"""Reading packets from files that are not what their beginning said."""

from collections.abc import Iterator
from typing import cast

from av.container import InputContainer

from tasks.media.footage_extent import known_packets


class GrowingContainer:
    """Ends as PyAV 18 does when the file began another stream on the way."""

    streams = ("picture", "sound")

    def demux(self, *streams: str) -> Iterator[str]:
        yield from streams
        raise IndexError("list index out of range")


def test_a_stream_that_begins_late_does_not_end_in_an_error() -> None:
    container = cast("InputContainer", GrowingContainer())

    packets = [cast("str", packet) for packet in known_packets(container)]

    assert packets == ["picture", "sound"]
