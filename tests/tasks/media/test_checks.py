"""The checks of a finished file: each fails on a file made wrong on purpose, none on a good one."""

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from models.edit import CaptionStyle, Word
from models.errors import MediaToolFailed, MediaToolTimedOut
from tasks.media import ffmpeg
from tasks.media.caption_report import CaptionsReport, captions_report
from tasks.media.checks import Check, Expected, QualityReport, Span, check_file
from tasks.media.picture import CAPTIONS_NAME
from tasks.media.presets import SafeZone
from tasks.media.subtitles import build_captions, write_ass
from tasks.media.watch import watch
from tests.tasks.media.coded import RATE, SMALL, render, write_wav

SIZE = replace(SMALL, width=216, height=384, safe_zone=SafeZone(12, 40, 200, 300))
SECONDS = 6
FRAMES = SECONDS * 30

#: What a render goes wrong with is made with the final's own encoder.
X264 = "-c:v libx264 -preset veryfast -crf 20 -g 60 -pix_fmt yuv420p"


def edited(source: Path, path: Path, options: str) -> Path:
    """Another version of a finished file."""
    ffmpeg.run(
        ["-v", "error", "-y", "-i", str(source), *options.split(), "-movflags", "+faststart", str(path)],
        doing=f"making {path.name}",
        timeout_s=60,
    )
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checks")


@pytest.fixture(scope="module")
def good(folder: Path) -> Path:
    """A finished file of moving, grainy footage with steady sound."""
    source = folder / "footage.mp4"
    ffmpeg.run(
        [
            *(
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                f"mandelbrot=s=216x384:r=30:maxiter=300,trim=end={SECONDS + 1}",
            ),
            *("-f", "lavfi", "-i", f"anoisesrc=r=48000:a=.1:d={SECONDS + 1}"),
            *("-vf", "noise=alls=12:allf=t", *X264.split(), "-c:a", "aac", str(source)),
        ],
        doing="making footage",
        timeout_s=60,
    )
    return render(
        [(source, 0.0, SECONDS / 2), (source, 3.5, 3.5 + SECONDS / 2)], folder / "w", preset=SIZE
    ).path


def expected(**changed: object) -> Expected:
    return replace(Expected(preset=SIZE, frames=FRAMES), **changed)  # type: ignore[arg-type]  # names are checked


def checked(path: Path, **changed: object) -> QualityReport:
    return check_file(path, expected(**changed), timeout_s=60)


def failed(report: QualityReport) -> list[str]:
    return [check.name for check in report.checks if not check.passed]


def named(report: QualityReport, name: str) -> Check:
    return next(check for check in report.checks if check.name == name)


def test_a_good_file_passes_and_is_described(good: Path) -> None:
    report = checked(good, words=[Word(text="tea", start_s=1, end_s=1.5)])

    assert report.passed, report.failures
    assert report.failures == ""
    assert (report.frames, report.duration_s) == (FRAMES, SECONDS)
    assert report.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert report.true_peak_dbtp is not None
    assert report.true_peak_dbtp <= -1
    assert {check.name for check in report.checks} == {
        "size",
        "frame rate",
        "frames",
        "sound as long as picture",
        "loudness",
        "true peak",
        "black picture",
        "frozen picture",
        "silence",
    }


def test_a_wrong_size_fails(good: Path) -> None:
    report = checked(good, preset=replace(SIZE, width=218))

    assert failed(report) == ["size"]
    assert report.failures == "size: 216x384, wanted 218x384"


def test_a_wrong_rate_fails(good: Path) -> None:
    assert "frame rate" in failed(checked(good, preset=replace(SIZE, fps=25)))


# pitfall 51
@pytest.mark.parametrize("wanted", [FRAMES - 1, FRAMES + 1])
def test_one_frame_too_many_or_too_few_fails(good: Path, wanted: int) -> None:
    assert failed(checked(good, frames=wanted)) == ["frames"]


# pitfall 51, 59
def test_a_picture_that_ends_early_fails(good: Path, folder: Path) -> None:
    short = edited(good, folder / "short.mp4", f"-vf trim=end_frame=100 {X264} -c:a copy")

    assert {"frames", "sound as long as picture"} <= set(failed(checked(short)))


# pitfall 59
def test_sound_that_ends_early_fails(good: Path, folder: Path) -> None:
    short = edited(good, folder / "sound.mp4", f"-c:v copy -af atrim=end={SECONDS - 0.1} -c:a aac -b:a 192k")

    assert failed(checked(short)) == ["sound as long as picture"]


# pitfall 50
def test_a_file_without_sound_fails(good: Path, folder: Path) -> None:
    silent = edited(good, folder / "none.mp4", "-c copy -an")

    report = checked(silent)

    assert failed(report) == ["sound"]
    assert report.integrated_lufs is None


@pytest.mark.parametrize("gain_db", [-1.2, -20, 1.2])
def test_a_wrong_loudness_fails(good: Path, folder: Path, gain_db: float) -> None:
    other = edited(good, folder / "other.mp4", f"-c:v copy -af volume={gain_db}dB -c:a aac -b:a 192k")

    assert "loudness" in failed(checked(other))


def test_a_peak_over_the_ceiling_fails(good: Path, folder: Path) -> None:
    # given one knock four times as loud as the rest
    peaky = "volume='if(between(t,2,2.01),4,1)':eval=frame"
    other = edited(good, folder / "peak.mp4", f"-c:v copy -af {peaky} -c:a aac -b:a 192k")

    assert failed(checked(other)) == ["true peak"]


def test_silence_is_told_and_passes_where_there_is_nothing_to_bring_up(good: Path, folder: Path) -> None:
    silent = edited(good, folder / "silent.mp4", "-c:v copy -af volume=0 -c:a aac -b:a 192k")

    report = checked(silent, has_target_loudness=False)

    assert report.passed, report.failures
    assert report.integrated_lufs is None
    assert named(report, "loudness").measured == "silence"
    assert named(report, "silence").spans[0].end_s == pytest.approx(SECONDS, abs=0.1)
    assert "loudness" in failed(checked(silent))


# pitfall 49
@pytest.mark.parametrize(
    ("word", "is_lost"),
    [((2.2, 2.6), True), ((1.5, 1.9), False), ((1.9, 2.2), False), ((SECONDS + 0.1, SECONDS + 0.4), True)],
)
def test_a_word_that_is_not_heard_fails(
    good: Path, folder: Path, word: tuple[float, float], is_lost: bool
) -> None:
    # given a file that is mute for 0.8 s, or a word after its end
    mute = edited(
        good, folder / "mute.mp4", "-c:v copy -af volume=0:enable='between(t,2,2.8)' -c:a aac -b:a 192k"
    )

    report = checked(mute, words=[Word(text="tea", start_s=word[0], end_s=word[1])])

    assert failed(report) == (["silence"] if is_lost else [])


def test_captions_outside_fail(good: Path) -> None:
    problem = "The caption at 1.00 s leaves the safe zone of small."
    outside = CaptionsReport(
        passed=False,
        problems=(problem,),
        events=3,
        first_start_s=1.0,
        last_end_s=2.0,
        box_px=(0, 0, 10, 10),
        smallest_em_px=20,
    )

    report = checked(good, captions=outside)

    assert failed(report) == ["captions inside the safe zone and the file"]
    assert problem in report.failures
    assert checked(good, captions=replace(outside, passed=True, problems=())).passed


BLACK = "drawbox=t=fill:c=black:enable='between(t,2,2.6)'"
FROZEN = "loop=loop=50:size=1:start=60,trim=end_frame=180"


@pytest.fixture(scope="module", params=["plain", "captions"])
def captions(request: pytest.FixtureRequest, folder: Path) -> CaptionsReport | None:
    """Captions all over the file, which change several times a second, or none."""
    if request.param == "plain":
        return None
    words = [Word(text=text, start_s=n / 3 + 0.1, end_s=n / 3 + 0.4) for n, text in enumerate(["tea"] * 17)]
    style = CaptionStyle(size=0.12)
    write_ass(build_captions(words, style=style, preset=SIZE, duration_s=SECONDS), folder / CAPTIONS_NAME)
    return captions_report(folder / CAPTIONS_NAME, preset=SIZE, duration_s=SECONDS)


def spoilt(good: Path, folder: Path, filters: str, captions: CaptionsReport | None) -> Path:
    """The good file with another picture, captions burned on top as a render does."""
    name = f"spoilt-{crc32(filters.encode())}{'-captions' if captions else ''}.mp4"
    if not (folder / name).exists():
        drawn = f"{filters},subtitles={CAPTIONS_NAME}:fontsdir=fonts" if captions else filters
        fonts = folder / "fonts"
        if not fonts.exists():
            fonts.symlink_to(Path(ffmpeg.__file__).parent / "assets" / "fonts" / "otf")
        ffmpeg.run(
            [
                "-v",
                "error",
                "-y",
                "-i",
                str(good),
                "-filter_complex",
                drawn,
                *X264.split(),
                "-c:a",
                "copy",
                name,
            ],
            doing="spoiling",
            timeout_s=60,
            cwd=folder,
        )
    return folder / name


def test_black_that_the_footage_does_not_have_fails(
    good: Path, folder: Path, captions: CaptionsReport | None
) -> None:
    black = spoilt(good, folder, BLACK, captions)

    report = checked(black, captions=captions)

    assert failed(report) == ["black picture"]
    (span,) = named(report, "black picture").spans
    assert (span.start_s, span.end_s) == pytest.approx((2.0, 2.63), abs=0.15)


def test_a_frozen_picture_that_the_footage_does_not_have_fails(
    good: Path, folder: Path, captions: CaptionsReport | None
) -> None:
    frozen = spoilt(good, folder, FROZEN, captions)

    report = checked(frozen, captions=captions)

    assert failed(report) == ["frozen picture"]
    (span,) = named(report, "frozen picture").spans
    assert (span.start_s, span.end_s) == pytest.approx((2.0, 3.7), abs=0.2)


@pytest.mark.parametrize(
    ("known", "passes"),
    [((1.5, 3.0), True), ((1.9, 2.6), True), ((2.3, 6.0), False), ((0.0, 2.2), False), ((3.0, 4.0), False)],
)
def test_black_of_the_footage_is_told_and_passes(
    good: Path, folder: Path, known: tuple[float, float], passes: bool
) -> None:
    """Only if the footage is black all the time that the file is."""
    black = spoilt(good, folder, BLACK, None)

    report = checked(black, known_black=[Span(start_s=known[0], end_s=known[1])])

    assert report.passed == passes
    assert ("as in the footage" in named(report, "black picture").measured) == passes


def test_a_still_of_the_footage_passes(good: Path, folder: Path) -> None:
    frozen = spoilt(good, folder, FROZEN, None)

    # given two cuts of still footage one after the other
    cuts = [Span(start_s=0, end_s=3), Span(start_s=3, end_s=6)]

    assert checked(frozen, known_still=cuts).passed
    assert not checked(frozen, known_still=cuts[:1]).passed


@pytest.mark.parametrize(
    "filters",
    [
        # A still life on a tripod with the grain of a good camera.
        "trim=end_frame=1,loop=-1:1,setpts=N/30/TB,noise=alls=5:allf=t,trim=end_frame=180",
        # Night: dark, but not black.
        "colorlevels=romax=0.16:gomax=0.16:bomax=0.16",
        # A frame held for a second.
        "loop=loop=30:size=1:start=60,trim=end_frame=180",
        # Black for a sixth of a second, as between two scenes.
        "drawbox=t=fill:c=black:enable='between(t,2,2.16)'",
    ],
)
def test_footage_that_is_only_quiet_or_dark_passes(good: Path, folder: Path, filters: str) -> None:
    report = checked(spoilt(good, folder, filters, None))

    assert report.passed, report.failures


def test_a_moving_file_is_not_decoded(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes of its packets are enough; so a check costs next to nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("tasks.media.watch._look", refuse)

    assert watch(good, frame_s=1 / 30, timeout_s=60).black == ()


def test_watching_has_a_deadline(good: Path, folder: Path) -> None:
    with pytest.raises(MediaToolTimedOut, match="watching the file"):
        watch(spoilt(good, folder, BLACK, None), frame_s=1 / 30, timeout_s=-1)


@pytest.mark.parametrize("content", [b"", b"no video at all"])
def test_a_file_that_can_not_be_read_is_a_failed_tool(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "final.mp4"
    broken.write_bytes(content)

    with pytest.raises(MediaToolFailed, match=r"checking the file failed.*final\.mp4"):
        checked(broken)


def test_a_file_without_picture_is_a_failed_tool(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "a.wav", np.zeros(RATE))

    with pytest.raises(MediaToolFailed, match="checking the file failed"):
        checked(sound)


def test_a_report_survives_json(good: Path) -> None:
    report = checked(good)

    assert QualityReport.model_validate_json(report.model_dump_json()) == report


CARD = Span(start_s=SECONDS - 2, end_s=SECONDS)
CARD_FILTERS = "drawbox=t=fill:c={colour}:enable='gte(t,4.2)'"


def test_an_end_card_that_is_black_and_still_passes_and_is_told(good: Path, folder: Path) -> None:
    carded = edited(good, folder / "card.mp4", f"-vf {CARD_FILTERS.format(colour='black')} {X264} -c:a copy")

    report = checked(carded, card=CARD, is_card_black=True)

    assert report.passed, report.failures
    assert named(report, "black picture").measured == "1.8 s, with the end card"
    assert named(report, "frozen picture").measured.endswith("with the end card")
    # without a card, or with one of another colour, the same file has a fault
    assert failed(checked(carded)) == ["black picture", "frozen picture"]
    assert failed(checked(carded, card=CARD)) == ["black picture"]


def test_black_elsewhere_fails_beside_a_black_end_card(good: Path, folder: Path) -> None:
    filters = f"{BLACK},{CARD_FILTERS.format(colour='black')}"
    spoiled = edited(good, folder / "card-and-black.mp4", f"-vf {filters} {X264} -c:a copy")

    assert failed(checked(spoiled, card=CARD, is_card_black=True)) == ["black picture"]


def test_a_frozen_picture_before_the_end_card_fails(good: Path, folder: Path) -> None:
    frozen = "loop=loop=70:size=1:start=50,trim=end_frame=180"
    filters = f"{frozen},{CARD_FILTERS.format(colour='0x111111')}"
    spoiled = edited(good, folder / "card-and-frozen.mp4", f"-vf {filters} {X264} -c:a copy")

    assert failed(checked(spoiled, card=CARD)) == ["frozen picture"]
