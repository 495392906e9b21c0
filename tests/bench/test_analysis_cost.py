"""What measuring footage costs, compared to nothing but decoding it."""

import resource
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.media import ffmpeg
from tasks.media.features import measure_footage
from tasks.media.shots import detect_shots
from tasks.media.spans import cut_into_spans

SAMPLE = Path(__file__).resolve().parents[2] / "tasks/media/assets/sample/cup.mp4"
DURATION_S = 30.0
ROUNDS = 5
MOST = 1.15


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_analysis_costs_little_more_than_decoding(tmp_path: Path) -> None:
    # given 1080p footage with grain at a phone's bit rate
    source = _make_footage(tmp_path / "source.mp4")
    assert 9e6 < source.stat().st_size * 8 / DURATION_S < 16e6

    # when it is decoded and analysed in turn
    ratios = []
    for _ in range(ROUNDS):
        floor = _cpu_s(lambda: _decode(source))
        ratios.append(_cpu_s(lambda: _analyse(source)) / floor)

    # then analysis stays near the cost of decoding
    print(f"CPU of analysis / decoding: {statistics.median(ratios):.3f} of {sorted(ratios)}")
    assert statistics.median(ratios) <= MOST, ratios


def _make_footage(path: Path) -> Path:
    ffmpeg.run(
        [
            *("-v", "error", "-stream_loop", "-1", "-i", str(SAMPLE)),
            *("-f", "lavfi", "-i", "anoisesrc=amplitude=0.2:sample_rate=48000:seed=1"),
            *(
                "-filter_complex",
                "[0:v]fps=30,scale=1920:1080,noise=alls=9:allf=t:all_seed=1,format=yuv420p[v]",
            ),
            *("-map", "[v]", "-map", "1:a", "-t", str(DURATION_S)),
            *("-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-b:v", "12M", "-maxrate", "14M"),
            *("-bufsize", "14M", "-c:a", "aac", "-b:a", "128k", str(path)),
        ],
        doing="making footage",
        timeout_s=600,
    )
    return path


def _decode(source: Path) -> None:
    arguments = ["-v", "error", "-i", str(source), "-f", "null", "-"]
    ffmpeg.run(arguments, doing="decoding", timeout_s=300)


def _analyse(source: Path) -> None:
    features = measure_footage(
        source, has_audio=True, duration_s=DURATION_S, timeout_s=300, has_plain_pixels=True
    )
    spans = cut_into_spans(features, detect_shots(features))
    assert spans[-1].end_s == pytest.approx(DURATION_S, abs=0.1)


def _cpu_s(work: Callable[[], None]) -> float:
    before = _used_s()
    work()
    return _used_s() - before


def _used_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
