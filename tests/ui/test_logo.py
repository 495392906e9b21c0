"""A store's logo: what is taken, what is refused, and that the old one goes."""

import io
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from models.access import LOCAL, Identity, Role, join
from models.brand import brand_of, overlays_of
from models.clip import Clip
from models.edit import Cut, Edit
from models.errors import BadInput, Forbidden
from models.members import invite_member
from models.profiles import create_profile
from models.project import Project
from models.session import open_database
from models.settings import Settings
from ui.components.desk import Desk
from ui.logo import MAX_SIDE_PX, logo_id, remove_logo, store_logo


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(home=tmp_path / "home")
    settings.home_dir.mkdir()
    with open_database(settings) as database:
        create_profile(database, "Acme")
        yield Desk(settings, join(database, LOCAL, "acme"), ())


def picture(size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


def logo_key(desk: Desk) -> str | None:
    with desk.reading() as session:
        return brand_of(session.profile).logo_key


def test_a_logo_is_kept_as_a_png_and_replaced(desk: Desk) -> None:
    store_logo(desk, picture(kind="JPEG"))
    first = logo_key(desk)
    assert first
    assert str(logo_id(first)) in first
    with Image.open(desk.storage.path(first)) as kept:
        assert (kept.format, kept.mode, kept.size) == ("PNG", "RGBA", (40, 20))

    store_logo(desk, picture((30, 30), "WEBP"))

    second = logo_key(desk)
    assert second
    assert second != first
    assert desk.storage.has(second)
    assert not desk.storage.has(first)


def test_a_logo_is_taken_away(desk: Desk) -> None:
    store_logo(desk, picture())
    key = logo_key(desk)
    remove_logo(desk)
    assert logo_key(desk) is None
    assert key
    assert not desk.storage.has(key)


def test_a_logo_that_a_clip_shows_stays_for_it(desk: Desk) -> None:
    store_logo(desk, picture())
    key = logo_key(desk) or ""
    with desk.writing() as session:
        overlays = overlays_of(session.profile, desk.storage)
        edit = Edit(cuts=(Cut(footage_id=uuid4(), start_s=0, end_s=8),), overlays=overlays)
        project = Project(profile_id=session.profile_id, name="Tea")
        session.add(project)
        session.flush()
        session.add(
            Clip(
                profile_id=session.profile_id,
                project_id=project.id,
                run_id=uuid4(),
                variant=1,
                name="Variant 1",
                edit=edit.model_dump(mode="json"),
                duration_s=8.0,
                seed=1,
            )
        )

    store_logo(desk, picture((30, 30)))

    assert desk.storage.has(key)
    assert desk.storage.measure().files == 2
    remove_logo(desk)
    assert desk.storage.measure().files == 1


def test_a_large_picture_is_made_smaller_in_its_shape(desk: Desk) -> None:
    store_logo(desk, picture((MAX_SIDE_PX * 2, MAX_SIDE_PX)))
    with Image.open(desk.storage.path(logo_key(desk) or "")) as kept:
        assert kept.size == (MAX_SIDE_PX, MAX_SIDE_PX // 2)


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"MZ\x90", picture()[:40], picture(kind="GIF")], ids=lambda data: repr(data[:8])
)
def test_what_is_no_picture_is_refused_and_changes_nothing(desk: Desk, data: bytes) -> None:
    store_logo(desk, picture())
    before = logo_key(desk)
    with pytest.raises(BadInput, match="no picture"):
        store_logo(desk, data)
    assert logo_key(desk) == before
    assert desk.storage.measure().files == 1


def test_a_picture_that_unpacks_to_too_much_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.logo._MOST_PIXELS", 100)
    with pytest.raises(BadInput, match="40 × 20 pixels"):
        store_logo(desk, picture())


def test_viewers_change_no_logo(desk: Desk) -> None:
    vera = Identity("https://id.example.com", "vera", "vera@example.com", "Vera", is_email_verified=True)
    invite_member(desk.member, vera.email, Role.VIEWER)
    viewer = Desk(desk.settings, join(desk.database, vera, "acme"), ())
    with pytest.raises(Forbidden):
        store_logo(viewer, picture())
    assert desk.storage.measure().files == 0
