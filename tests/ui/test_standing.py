"""One `reelflow up` per home, and what the second one learns of the first."""

from pathlib import Path

from models.settings import Settings
from ui.standing import Addresses, others_addresses, take_place

HERE = Addresses(panel="http://127.0.0.1:8501", prefect="http://127.0.0.1:4200")


def test_a_second_one_learns_where_the_first_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    with take_place(settings) as first:
        assert first
        with take_place(settings) as second:
            assert second is None
            assert others_addresses(settings, timeout_s=0) is None, "it is still starting"
            first.announce(HERE)
            assert others_addresses(settings, timeout_s=0) == HERE


def test_a_place_is_free_again_and_what_was_left_in_it_is_forgotten(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with take_place(settings) as killed:
        assert killed
        killed.announce(HERE)
        left = (tmp_path / "up.json").read_text()
    (tmp_path / "up.json").write_text(left)

    with take_place(settings) as standing:
        assert standing
        assert others_addresses(settings, timeout_s=0) is None
