"""The brand kit on its profile."""

from typing import Any

import pytest

from models.brand import Brand, brand_of, store_brand
from models.errors import BadInput
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
