"""Names that leave the house are safe on every system and tell things apart."""

from pathlib import PureWindowsPath
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.delivery import clean_name, different_names


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Summer sale", "Summer sale"),
        ("tea: cups/bowls", "tea cups bowls"),
        ("../../etc/passwd", "etc passwd"),
        ("C:\\temp\\x", "C temp x"),
        ("  50%   off!  ", "50% off!"),
        ("Tee für Zoë 茶", "Tee für Zoë 茶"),
        ("e\u0301te\u0301", "été"),
        ("two\nlines\x00", "two lines"),
        ("ends with dots...", "ends with dots"),
        ("???", "Reels"),
        ("", "Reels"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(max_size=300))
def test_a_clean_name_is_one_part_of_a_path_on_any_system(name: str) -> None:
    clean = clean_name(name)

    assert 1 <= len(clean.encode()) <= 120
    assert clean == clean.strip(" .")
    assert clean.isprintable()
    assert PureWindowsPath(f"{clean} - v1.mp4").parts == (f"{clean} - v1.mp4",)
    assert clean_name(clean) == clean


def test_names_that_would_be_the_same_are_numbered() -> None:
    names = {UUID(int=1): "Tea: cups", UUID(int=2): "tea / CUPS", UUID(int=3): "Tea cups", UUID(int=4): "Box"}

    assert list(different_names(names).values()) == ["Tea cups", "tea CUPS (2)", "Tea cups (3)", "Box"]
