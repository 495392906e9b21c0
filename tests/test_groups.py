"""Groups of tests: the list names files that are there, and a file's tests stay together."""

from pathlib import Path

import pytest

from tests.groups import LONGEST_FIRST, group_of, rank_of

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", [place for places in LONGEST_FIRST for place in places])
def test_what_the_list_names_is_there(place: str) -> None:
    assert (ROOT / place).exists()


def test_a_file_is_a_group_and_those_that_share_a_set_up_are_one() -> None:
    browser = group_of("tests/ui/browser/test_phone.py::test_what_failed_is_resumed")
    lists = group_of("tests/ui/test_cli_things.py::test_a_project_is_changed[a@b::c]")

    assert browser == group_of("tests/ui/browser/test_newcomer.py::test_the_project_shows_it")
    assert lists == group_of("tests/ui/test_cli_make.py::test_the_sample_becomes_a_spoken_reel")
    assert group_of("tests/test_docs.py::test_one") == group_of("tests/test_docs.py::test_two[x::y]")
    assert len({browser, lists, group_of("tests/test_docs.py::test_one")}) == 3


def test_what_takes_longest_comes_first() -> None:
    ranks = [rank_of(place) for places in LONGEST_FIRST for place in places]

    assert ranks == sorted(ranks)
    assert max(ranks) < rank_of("tests/test_docs.py::test_one")
