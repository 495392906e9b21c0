"""The brand kit on its profile."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.brand import (
    LOGO_SUFFIX,
    LOGOS,
    Brand,
    brand_of,
    is_logo_missing,
    logo_id,
    logos_in_use,
    overlays_of,
    store_brand,
)
from models.edit import EndCard, LogoFile, Overlays
from models.errors import BadInput
from models.storage import Storage, file_sha256
from tests.models.shelf import Shelf


def test_a_brand_kit_is_kept_and_begins_with_defaults(shelf: Shelf) -> None:
    with shelf.writing() as session:
        assert brand_of(session.profile) == Brand()
        store_brand(session, Brand().changed(primary_colour="#AA0000", end_card_text="Visit us"))

    with shelf.reading() as session:
        brand = brand_of(session.profile)
    assert (brand.primary_colour, brand.secondary_colour, brand.end_card_text) == (
        "#AA0000",
        "#FFFFFF",
        "Visit us",
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"primary_colour": "red"}, "primary colour"),
        ({"end_card_text": "x" * 201}, "end card text"),
        ({"font_family": ""}, "font family"),
        ({"colour": "#000000"}, "colour"),
    ],
)
def test_what_can_t_be_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput, match=f"brand's {named} can't be used"):
        Brand().changed(**changes)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, None),
        ({"end_card_text": "Visit us", "has_end_card": False}, None),
        ({"end_card_text": " Visit  us "}, Overlays(card=EndCard(text="Visit us"))),
        (
            {"secondary_colour": "#AABBCC", "end_card_text": "Hi"},
            Overlays(card=EndCard(text="Hi", secondary_colour="#AABBCC")),
        ),
    ],
)
def test_what_a_brand_kit_puts_on_clips(
    shelf: Shelf, tmp_path: Path, changes: dict[str, Any], wanted: Overlays | None
) -> None:
    with shelf.writing() as session:
        store_brand(session, Brand().changed(**changes))

        assert overlays_of(session.profile, Storage(tmp_path, session.profile_id)) == wanted


def test_a_logo_is_on_the_card_and_in_its_corner_as_long_as_its_file_is_there(
    shelf: Shelf, tmp_path: Path
) -> None:
    with shelf.writing() as session:
        storage = Storage(tmp_path, session.profile_id)
        key, file = storage.key_for(LOGOS, uuid4(), LOGO_SUFFIX), tmp_path / "logo.png"
        file.write_bytes(b"logo")
        storage.publish(file, key)
        store_brand(session, Brand(logo_key=key, logo_corner=None))
        logo = LogoFile(id=logo_id(key), sha256=file_sha256(storage.path(key)))

        assert overlays_of(session.profile, storage) == Overlays(logo=logo, card=EndCard())
        store_brand(session, Brand(logo_key=key, has_end_card=False))
        assert overlays_of(session.profile, storage) == Overlays(logo=logo, corner="top right")
        assert logos_in_use(session) == {logo.id}
        storage.remove(key)
        assert is_logo_missing(session.profile, storage)
        assert overlays_of(session.profile, storage) is None
