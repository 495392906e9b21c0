"""The prober against a folder of odd files: facts for usable ones, understandable reasons for others."""

import os
from pathlib import Path

import pytest

import tasks.media.probe
from models.errors import UnusableFootage
from tasks.media import ffmpeg
from tasks.media.footage_info import FootageInfo
from tasks.media.probe import probe
from tests.tasks.media.odd_files import REFUSED, USABLE, OddFile, odd_folder

__all__ = ["odd_folder"]  # a fixture is used by being here

SAMPLE = Path(tasks.media.probe.__file__).parent / "assets" / "sample"


def fact(info: FootageInfo, name: str) -> object:
    part: object = info
    for key in name.split("."):
        part = getattr(part, key)
    return part


# pitfall 46, 50, 62, 64
@pytest.mark.parametrize("file", USABLE, ids=lambda file: file.name)
def test_usable_file_gives_its_facts(file: OddFile, odd_folder: Path) -> None:
    info = probe(odd_folder / file.name)

    for name, expected in file.facts.items():
        found = fact(info, name)
        if name == "warnings" and expected:
            assert isinstance(expected, str)
            assert any(expected in warning for warning in info.warnings)
        elif isinstance(expected, int | float) and not isinstance(expected, bool):
            assert found == pytest.approx(expected, rel=0.02, abs=0.02), name
        else:
            assert found == expected, name
    assert info.bytes == (odd_folder / file.name).stat().st_size
    assert FootageInfo.model_validate_json(info.model_dump_json()) == info


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.name)
def test_unusable_file_gives_a_reason(file: OddFile, odd_folder: Path) -> None:
    with pytest.raises(UnusableFootage) as caught:
        probe(odd_folder / file.name, name="my clip")

    assert file.refusal
    assert file.refusal in caught.value.reason
    assert caught.value.name == "my clip"
    assert str(odd_folder) not in str(caught.value)


def test_lists_are_refused_by_their_format_even_if_not_recognised(
    odd_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.media.probe, "recognise", lambda _: None)

    for name in ("playlist.mp4", "concat.mp4", "dash.mp4", "animation.gif", "song.mp3"):
        with pytest.raises(UnusableFootage, match="not a video"):
            probe(odd_folder / name)


def test_no_file_stays_open(odd_folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    for file in (*USABLE, *REFUSED):
        try:
            probe(odd_folder / file.name)
        except UnusableFootage:
            assert not file.is_usable

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("name", "codec", "fps", "size", "duration_s"),
    [
        ("box.mp4", "h264", 29.97, (640, 480), 15.2),
        ("cup.mp4", "h264", 26.777, (640, 480), 8.1),
        ("meadow.webm", "vp8", 24, (1280, 720), 19.9),
    ],
)
def test_the_sample_footage(
    name: str, codec: str, fps: float, size: tuple[int, int], duration_s: float
) -> None:
    info = probe(SAMPLE / name)

    assert info.codec == codec
    assert info.fps == pytest.approx(fps, abs=0.001)
    assert (info.display_width, info.display_height) == size
    assert info.duration_s == pytest.approx(duration_s, abs=0.05)
    assert not info.is_vfr
    assert info.warnings == ()


@pytest.mark.parametrize(
    "name",
    [
        "-i.mp4",
        "it's a 50% \u00fc, [x]:y;z.mp4",
        "file:good.mp4",
        "concat:a|b.mp4",
        "%03d.mp4",
        "no_suffix",
        "\udcff.mp4",
    ],
)
def test_any_name_is_only_a_name(
    name: str, odd_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).symlink_to(odd_folder / "good.mp4")
    monkeypatch.chdir(tmp_path)

    assert probe(Path(name)) == probe(odd_folder / "good.mp4")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableFootage, match=r"gone\.mp4 can't be used: there is no such file"):
        probe(tmp_path / "gone.mp4")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnusableFootage, match="folder"):
        probe(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")

    with pytest.raises(UnusableFootage, match="ordinary"):
        probe(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PermissionError(13, "no"), "not permitted"), (OSError(5, "disk error"), "disk error")],
)
def test_an_unreadable_file(
    error: OSError, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked.mp4").write_bytes(b"x")

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(UnusableFootage, match=reason):
        probe(tmp_path / "locked.mp4")


# pitfall 46
@pytest.mark.parametrize(
    "name",
    [
        "turned_90.mp4",
        "turned_180.mp4",
        "turned_270.mp4",
        "anamorphic_turned.mp4",
        "interlaced_anamorphic.mp4",
        "clean_aperture.mp4",
        "odd_size_444.mp4",
        "cover_first.mp4",
        "two_pictures_two_sounds.mkv",
    ],
)
def test_the_renderer_gets_pictures_of_the_size_that_was_told(name: str, odd_folder: Path) -> None:
    info = probe(odd_folder / name)
    picture = bytearray()
    arguments = ["-v", "error", "-i", name, "-map", f"0:{info.video_index}", "-frames:v", "1"]

    ffmpeg.run(
        [*arguments, "-c:v", "pgm", "-pix_fmt", "gray", "-f", "image2pipe", "pipe:1"],
        doing="decoding one picture",
        timeout_s=30,
        cwd=odd_folder,
        on_output=picture.extend,
    )

    width, height = (int(side) for side in picture.split(maxsplit=3)[1:3])
    assert (info.frame_width, info.frame_height) == (width, height)
    assert info.display_height == height
