"""What a whole order costs: three minutes of footage in, three drafts and one finished reel out."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from models.edit import Cut, Edit
from tasks.clips import draft_preset
from tasks.media import ffmpeg
from tasks.media.caption_report import captions_report
from tasks.media.checks import Expected, check_file
from tasks.media.features import FrameFeatures, measure_footage
from tasks.media.loudness import master
from tasks.media.mix import VoiceFile, mix_sound
from tasks.media.picture import CAPTIONS_NAME, PictureJob, render_picture
from tasks.media.presets import Preset, find_preset
from tasks.media.probe import probe
from tasks.media.reframe import Subject, choose_crop
from tasks.media.seek_points import key_frames_s
from tasks.media.selection import Candidate, plan_variants
from tasks.media.shots import detect_shots
from tasks.media.spans import Span, cut_into_spans
from tasks.media.timeline import PlacedCut, SourceFile, place_cuts, total_frames
from tasks.segments import find_subjects
from tests.bench.cost import cpu_s, phone_footage, render_plainly, spoken, write_captions

MINUTES = 3
VARIANTS = 3
CLIP_S = 30.0
#: Of one bare decode of the footage and one plain encode of a clip.
MOST = 1.40

Made = TypeVar("Made")


class Bill:
    """CPU seconds by what they were spent on."""

    def __init__(self) -> None:
        self.costs_s: dict[str, float] = {}

    def pay(self, name: str, work: Callable[[], Made]) -> Made:
        made: list[Made] = []
        self.costs_s[name] = self.costs_s.get(name, 0.0) + cpu_s(lambda: made.append(work()))
        return made[0]

    @property
    def total_s(self) -> float:
        return sum(self.costs_s.values())


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_a_whole_order_costs_little_more_than_decoding_and_one_encode(tmp_path: Path) -> None:
    # given three minutes of 1080p footage and a script
    path, preset = phone_footage(MINUTES), find_preset("reels")
    source = SourceFile(path, probe(path))
    footage_id = uuid4()
    voice, words = spoken(tmp_path / "speech", at_least_s=CLIP_S - 1)

    # when it is analysed, planned, drafted three times and finished once, as the tasks do
    bill, floor = Bill(), Bill()
    floor.pay("decode", lambda: _decode(path))
    features = bill.pay("measure", lambda: _measure(source))
    spans = bill.pay("shots", lambda: _spans(features, source))
    subjects = bill.pay("subjects", lambda: find_subjects(features, spans))
    edits = bill.pay("plan", lambda: _plan(spans, subjects, source, footage_id))
    clips = [place_cuts(edit, {footage_id: source}, fps=preset.fps) for edit in edits]
    for number, (edit, placed) in enumerate(zip(edits, clips, strict=True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        bill.pay("sounds", partial(_sound, placed, edit, voice, preset, folder))
        small = draft_preset(preset)
        write_captions(words, edit, small, CLIP_S, folder / CAPTIONS_NAME)
        bill.pay("drafts", partial(_draft, placed, small, folder))
    # The sound of a draft is the sound of its final: made once per run.
    folder = tmp_path / "0"
    write_captions(words, edits[0], preset, CLIP_S, folder / CAPTIONS_NAME)
    floor.pay("encode", lambda: render_plainly(clips[0], preset, tmp_path / "plain.mp4"))
    bill.pay("final", lambda: _final(clips[0], preset, folder))
    bill.pay("checks", lambda: _check(clips[0], preset, folder))

    # then all of it stays near the floor
    ratio = bill.total_s / floor.total_s
    for name, costs in (("spent", bill.costs_s), ("floor", floor.costs_s)):
        print(f"{name}:", ", ".join(f"{what} {cost_s:.1f} s" for what, cost_s in costs.items()))
    print(f"CPU of the order / its floor: {bill.total_s:.1f} s / {floor.total_s:.1f} s = {ratio:.3f}")
    assert ratio <= MOST


def _decode(path: Path) -> None:
    ffmpeg.run(["-v", "error", "-i", str(path), "-f", "null", "-"], doing="decoding", timeout_s=900)


def _measure(source: SourceFile) -> FrameFeatures:
    return measure_footage(
        source.path,
        has_audio=True,
        duration_s=source.info.duration_s,
        timeout_s=900,
        has_plain_pixels=source.info.can_use_zscale,
    )


def _spans(features: FrameFeatures, source: SourceFile) -> tuple[Span, ...]:
    keys_s = key_frames_s(source.path, stream_index=source.info.video_index)
    return cut_into_spans(features, detect_shots(features), key_frames_s=keys_s)


def _plan(
    spans: Sequence[Span], subjects: Sequence[Subject], source: SourceFile, footage_id: UUID
) -> list[Edit]:
    """Three clips, each cut with its crop."""
    ids = [uuid4() for _ in spans]
    candidates = [
        Candidate(
            segment_id=segment_id,
            footage_id=footage_id,
            start_s=span.start_s,
            end_s=span.end_s,
            score=50,
            hook=50,
            is_usable=True,
            signature=span.signature,
            shot=span.shot,
        )
        for segment_id, span in zip(ids, spans, strict=True)
    ]
    plan = plan_variants(candidates, variants=VARIANTS, target_s=CLIP_S, seed=1)
    found = {key: (span, subject) for key, span, subject in zip(ids, spans, subjects, strict=True)}
    edits = []
    for variant in plan.variants:
        cuts = []
        for cut in variant.cuts:
            assert cut.segment_id is not None
            span, subject = found[cut.segment_id]
            crop = choose_crop(
                source.info.display_aspect,
                subject,
                from_s=cut.start_s - span.start_s,
                to_s=cut.end_s - span.start_s,
                target_aspect=9 / 16,
            ).crop
            cuts.append(Cut(footage_id=footage_id, start_s=cut.start_s, end_s=cut.end_s, crop=crop))
        edits.append(Edit(cuts=tuple(cuts)))
    return edits


def _sound(placed: Sequence[PlacedCut], edit: Edit, voice: VoiceFile, preset: Preset, folder: Path) -> None:
    mix = mix_sound(placed, fps=preset.fps, voice=voice, levels=edit.audio, folder=folder)
    master(
        mix.path,
        folder / "sound.m4a",
        measured=mix.loudness,
        target_lufs=preset.integrated_lufs,
        ceiling_dbtp=preset.true_peak_dbtp,
        bitrate=preset.audio_bitrate,
        timeout_s=300,
    )


def _draft(placed: Sequence[PlacedCut], small: Preset, folder: Path) -> None:
    job = PictureJob(
        placed=placed,
        preset=small,
        audio=folder / "sound.m4a",
        has_captions=True,
        is_draft=True,
        poster="poster.jpg",
    )
    render_picture(job, "draft.mp4", folder=folder)


def _final(placed: Sequence[PlacedCut], preset: Preset, folder: Path) -> None:
    job = PictureJob(placed=placed, preset=preset, audio=folder / "sound.m4a", has_captions=True)
    render_picture(job, "final.mp4", folder=folder)


def _check(placed: Sequence[PlacedCut], preset: Preset, folder: Path) -> None:
    captions = captions_report(folder / CAPTIONS_NAME, preset=preset, duration_s=CLIP_S)
    expected = Expected(preset=preset, frames=total_frames(placed), captions=captions)
    report = check_file(folder / "final.mp4", expected, timeout_s=300)
    assert report.passed, report.failures
