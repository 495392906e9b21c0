"""What a finished reel costs, compared to one plain ffmpeg call that makes the same frames."""

import statistics
from pathlib import Path
from uuid import uuid4

import pytest

from models.edit import Cut, Edit
from tasks.media.caption_report import captions_report
from tasks.media.checks import Expected, check_file
from tasks.media.loudness import master
from tasks.media.mix import mix_sound
from tasks.media.picture import CAPTIONS_NAME, PictureJob, render_picture
from tasks.media.presets import find_preset
from tasks.media.probe import probe
from tasks.media.timeline import SourceFile, place_cuts, total_frames
from tests.bench.cost import cpu_s, phone_footage, render_plainly, spoken, write_captions

ROUNDS = 3
#: Picture with captions, mixed and mastered sound, and the checks of the finished file.
MOST = 1.10

CLIP_S = 30.0
STARTS_S = (1.0, 7.5, 14.2, 21.7, 28.9, 36.1, 43.3, 51.6)


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_a_final_costs_little_more_than_its_frames(tmp_path: Path) -> None:
    # given a 30-s clip of eight cuts from 1080p footage, with a voice and captions
    source, preset = phone_footage(minutes=1), find_preset("reels")
    footage_id, length_s = uuid4(), CLIP_S / len(STARTS_S)
    edit = Edit(
        cuts=tuple(
            Cut(footage_id=footage_id, start_s=start_s, end_s=start_s + length_s) for start_s in STARTS_S
        )
    )
    placed = place_cuts(edit, {footage_id: SourceFile(source, probe(source))}, fps=preset.fps)
    voice, words = spoken(tmp_path / "speech", at_least_s=CLIP_S - 1)
    write_captions(words, edit, preset, CLIP_S, tmp_path / CAPTIONS_NAME)
    report = captions_report(tmp_path / CAPTIONS_NAME, preset=preset, duration_s=CLIP_S)
    sound = tmp_path / "sound.m4a"

    def make_sound() -> None:
        mix = mix_sound(placed, fps=preset.fps, voice=voice, levels=edit.audio, folder=tmp_path)
        master(
            mix.path,
            sound,
            measured=mix.loudness,
            target_lufs=preset.integrated_lufs,
            ceiling_dbtp=preset.true_peak_dbtp,
            bitrate=preset.audio_bitrate,
            timeout_s=300,
        )

    def render() -> None:
        render_picture(
            PictureJob(placed=placed, preset=preset, audio=sound, has_captions=True),
            "final.mp4",
            folder=tmp_path,
        )

    def check() -> None:
        expected = Expected(preset=preset, frames=total_frames(placed), captions=report)
        quality = check_file(tmp_path / "final.mp4", expected, timeout_s=300)
        assert quality.passed, quality.failures

    # when floor and render are made in turn
    costs: dict[str, list[float]] = {"sound": [], "picture": [], "checks": []}
    for _ in range(ROUNDS):
        floor_s = cpu_s(lambda: render_plainly(placed, preset, tmp_path / "plain.mp4"))
        for name, work in (("sound", make_sound), ("picture", render), ("checks", check)):
            costs[name].append(cpu_s(work) / floor_s)

    # then all of it together stays near the floor
    shares = {name: statistics.median(values) for name, values in costs.items()}
    total = statistics.median(map(sum, zip(*costs.values(), strict=True)))
    told = ", ".join(f"{name} {share:.4f}" for name, share in shares.items())
    print(f"CPU of a final / its floor of {floor_s:.1f} s: {total:.3f} ({told})")
    assert total <= MOST, costs
