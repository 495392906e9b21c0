"""Near duplicates are told from different pictures."""

import json

import numpy as np
import pytest

from tasks.media.similarity import Signature, is_near_duplicate

FLAT = bytes([128] * 100)


def sign(dhash: int = 0, chroma: bytes = FLAT) -> Signature:
    return Signature(dhash, chroma)


def test_a_signature_survives_json() -> None:
    rng = np.random.default_rng(1)
    signature = sign(int(rng.integers(0, 1 << 63)) * 2 + 1, rng.integers(0, 256, 100, np.uint8).tobytes())
    text = json.loads(json.dumps(signature.to_json()))
    assert Signature.from_json(text) == signature
    assert len(text) < 160


@pytest.mark.parametrize("text", ["", "12", "zz:AAAA", "0:AAAA", "0:é", "-1:" + "A" * 136])
def test_other_text_is_no_signature(text: str) -> None:
    with pytest.raises(ValueError, match=r"signature|invalid literal|ASCII"):
        Signature.from_json(text)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (sign(), True),
        (sign(dhash=(1 << 20) - 1), True),
        (sign(dhash=(1 << 21) - 1), False),
        (sign(chroma=bytes([130] * 100)), True),
        (sign(chroma=bytes([131] * 100)), False),
        (sign(chroma=bytes([255] * 2 + [128] * 98)), True),
    ],
)
def test_alike_means_alike_in_structure_and_in_colour(other: Signature, expected: bool) -> None:
    assert is_near_duplicate(sign(), other) is expected
    assert is_near_duplicate(other, sign()) is expected
