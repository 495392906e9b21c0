"""Makes videos whose shot boundaries are known, to measure shot detection with.

Scenes are procedural textures, pictures and moving plates from the sample footage, seen by a camera
that rests, drifts, shakes or pans, with things moving in front. Between them are hard cuts, jump cuts,
fades through black and white and dissolves; within them are traps that look like cuts but are none.
Everything follows from the seed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np

from tasks.media.shots import Shot
from tests.bench.truth_scenes import (
    FPS,
    HEIGHT,
    WIDTH,
    Picture,
    Rng,
    Sprite,
    draw,
    expose,
    scene_count,
    scenes,
    view,
)

#: What joins two shots, and how often.
JOINS = {"cut": 0.52, "jump": 0.14, "fade": 0.14, "dissolve": 0.20}
#: What happens within a shot, and how often.
TRAPS = {
    "none": 0.36,
    "whip_pan": 0.13,
    "flash": 0.13,
    "shake": 0.10,
    "noise": 0.08,
    "fast_subject": 0.10,
    "exposure": 0.10,
}


@dataclass(frozen=True)
class Label:
    """A boundary; `start_frame` to `end_frame` are the frames that belong to neither shot alone."""

    kind: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class Trap:
    kind: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class Camera:
    """Where the frame is in a 1280x720 scene: centre in shares of it, zoom 1 shows all of it."""

    x: float
    y: float
    zoom: float
    drift_x: float
    drift_y: float
    drift_zoom: float
    shake_px: float


@dataclass(frozen=True)
class Plan:
    """One shot: what is seen, by which camera, with which trap."""

    scene: int
    frames: int
    camera: Camera
    sprites: tuple[Sprite, ...]
    noise: float
    trap: str
    seed: int


@dataclass(frozen=True)
class Score:
    """How detected shots compare to the labels."""

    found_by_kind: dict[str, tuple[int, int]]
    """Found and existing boundaries of each kind."""
    false_frames: tuple[int, ...]
    missed: tuple[Label, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        found = sum(found for found, _ in self.found_by_kind.values())
        return 2 * found / max(1, 2 * found + len(self.false_frames) + len(self.missed))


def score_shots(shots: Sequence[Shot], labels: Sequence[Label], *, tolerance_frames: int = 2) -> Score:
    """Matches every label to at most one boundary: within it, give or take the tolerance."""
    left = [shot.opens_with.boundary_frame for shot in shots[1:]]
    found: dict[str, tuple[int, int]] = {}
    missed = []
    for label in labels:
        first, last = label.start_frame - tolerance_frames, label.end_frame + tolerance_frames
        hit = next((frame for frame in left if first <= frame <= last), None)
        hits, total = found.get(label.kind, (0, 0))
        found[label.kind] = (hits + (hit is not None), total + 1)
        if hit is None:
            missed.append(label)
        else:
            left.remove(hit)
    return Score(found, tuple(left), tuple(missed))


def write_truth(path: Path, *, seed: int, duration_s: float = 240.0) -> tuple[Label, ...]:
    """Writes the video to `path` and its labels beside it as `.json`; returns the labels."""
    labels, traps, pictures = _programme(seed, round(duration_s * FPS))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "superfast", "crf": "24"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    document = {"labels": [asdict(label) for label in labels], "traps": [asdict(trap) for trap in traps]}
    path.with_suffix(".json").write_text(json.dumps(document, indent=1))
    return labels


def _programme(seed: int, frames: int) -> tuple[tuple[Label, ...], tuple[Trap, ...], Iterator[Picture]]:
    rng = np.random.default_rng(seed)
    plans: list[Plan] = []
    joins: list[tuple[str, int]] = []
    labels: list[Label] = []
    traps: list[Trap] = []
    at = 0
    while at < frames:
        kind, overlap = ("", 0)
        if plans:
            kind, overlap = _join(rng)
        plan = _jump(rng, plans[-1]) if kind == "jump" else _shot(rng, plans[-1].scene if plans else -1)
        plan = replace(plan, frames=plan.frames + overlap)
        if plans:
            begin = at - overlap
            labels.append(Label(kind, begin, at))
            joins.append((kind, overlap))
            at = begin
        if plan.trap not in ("none", "shake", "noise"):
            middle = at + plan.frames // 2
            traps.append(Trap(plan.trap, middle - 10, middle + 10))
        plans.append(plan)
        at += plan.frames
    return tuple(labels), tuple(traps), _play(plans, joins)


def _join(rng: Rng) -> tuple[str, int]:
    kind = str(rng.choice(list(JOINS), p=list(JOINS.values())))
    if kind == "fade":
        return kind, int(rng.integers(8, 36))
    if kind == "dissolve":
        return kind, int(rng.choice([6, 8, 10, 12, 15, 20, 24, 30]))
    return kind, 0


def _shot(rng: Rng, last_scene: int) -> Plan:
    scene = last_scene
    while scene == last_scene:
        scene = int(rng.integers(0, scene_count()))
    zoom = rng.uniform(1.1, 1.9)
    room = 0.5 - 0.5 / zoom
    trap = str(rng.choice(list(TRAPS), p=list(TRAPS.values())))
    drifts = rng.random() < 0.5
    camera = Camera(
        x=0.5 + rng.uniform(-room, room) * 0.7,
        y=0.5 + rng.uniform(-room, room) * 0.7,
        zoom=zoom,
        drift_x=rng.normal(0, 0.05) if drifts else 0.0,
        drift_y=rng.normal(0, 0.02) if drifts else 0.0,
        drift_zoom=rng.normal(0, 0.05) if drifts else 0.0,
        shake_px=rng.uniform(3.0, 6.0) if trap == "shake" else float(rng.choice([0.0, 0.4, 1.2])),
    )
    sprites = tuple(
        Sprite(
            look=int(rng.integers(0, 1 << 30)),
            x=rng.uniform(0.15, 0.85),
            y=rng.uniform(0.3, 0.8),
            size=rng.uniform(0.12, 0.4),
            speed_x=rng.normal(0, 0.12),
            speed_y=rng.normal(0, 0.05),
        )
        for _ in range(int(rng.integers(0, 3)))
    )
    return Plan(
        scene=scene,
        frames=int(rng.integers(45, 115)),
        camera=camera,
        sprites=sprites,
        noise=rng.uniform(6, 12) if trap == "noise" else rng.uniform(0, 3),
        trap=trap,
        seed=int(rng.integers(0, 1 << 30)),
    )


def _jump(rng: Rng, last: Plan) -> Plan:
    """The same scene some time later: the camera or the subject is somewhere else."""
    side = rng.choice([-1.0, 1.0])
    camera, sprites = last.camera, last.sprites
    if not sprites or rng.random() < 0.6:
        if rng.random() < 0.5:
            camera = replace(camera, zoom=camera.zoom * rng.uniform(1.12, 1.4))
        else:
            shift = side * rng.uniform(0.08, 0.22) / camera.zoom
            camera = replace(camera, x=float(np.clip(camera.x + shift, 0.25, 0.75)))
            if abs(camera.x - last.camera.x) < 0.05:
                camera = replace(camera, x=1.0 - camera.x + 0.08, zoom=camera.zoom * 1.15)
    sprites = tuple(
        replace(s, x=float((s.x + side * rng.uniform(0.25, 0.5)) % 1.0), y=s.y + rng.uniform(-0.1, 0.1))
        for s in sprites
    )
    if camera == last.camera:
        # Only the subject moved, so it must be big enough to be seen as a cut.
        sprites = tuple(replace(s, size=max(s.size, 0.3)) for s in sprites)
    trap = last.trap if last.trap in ("shake", "noise") else "none"
    return replace(
        last,
        frames=int(rng.integers(40, 90)),
        camera=camera,
        sprites=sprites,
        trap=trap,
        seed=int(rng.integers(0, 1 << 30)),
    )


def _play(plans: list[Plan], joins: list[tuple[str, int]]) -> Iterator[Picture]:
    """All frames: shots overlap by the length of the join between them."""
    before: list[Picture] = []
    for index, plan in enumerate(plans):
        shot = list(_render(plan))
        if before:
            kind, overlap = joins[index - 1]
            length = len(before)
            through = 255 if kind == "fade" and plan.seed % 4 == 0 else 0
            for i in range(length):
                share = (i + 1) / (length + 1)
                if kind == "dissolve":
                    yield _mix(before[i], shot[i], share)
                else:
                    yield _fade(before[i], shot[i], share, through)
            shot = shot[overlap:]
            before = []
        tail = joins[index][1] if index < len(joins) else 0
        yield from shot[: len(shot) - tail]
        before = shot[len(shot) - tail :]


def _mix(a: Picture, b: Picture, share: float) -> Picture:
    return np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)


def _fade(a: Picture, b: Picture, share: float, through: int) -> Picture:
    """Down to one colour in the first 40 %, up from it in the last 40 %."""
    flat = np.full_like(a, through)
    if share < 0.5:
        return _mix(a, flat, min(1.0, share / 0.4))
    return _mix(b, flat, min(1.0, (1 - share) / 0.4))


def _render(plan: Plan) -> Iterator[Picture]:
    rng = np.random.default_rng(plan.seed)
    plate = scenes()[plan.scene]
    wobble = np.zeros(3)
    middle = plan.frames // 2
    pan_frames, pan_side = int(rng.integers(5, 14)), float(rng.choice([-1, 1]))
    pan_way = float(rng.uniform(0.5, 1.0)) / plan.camera.zoom
    flash_frames = int(rng.integers(1, 4))
    flash_gain = float(rng.uniform(60, 150))
    gain_to, gain_frames = float(rng.choice([0.45, 0.6, 1.5, 1.9])), int(rng.integers(1, 25))
    subject = Sprite(int(rng.integers(0, 1 << 30)), -0.4, 0.55, float(rng.uniform(0.4, 0.8)), 0.0, 0.0)
    crossing = int(rng.integers(9, 20))
    for i in range(plan.frames):
        t = i / FPS
        wobble = 0.85 * wobble + rng.normal(0, 1, 3) * [1, 1, 0.0006] * plan.camera.shake_px * 0.6
        x, gain, lift = plan.camera.x + plan.camera.drift_x * t, 1.0, 0.0
        if plan.trap == "whip_pan":
            share = float(np.clip((i - middle + pan_frames / 2) / pan_frames, 0, 1))
            x += pan_side * pan_way * (share * share * (3 - 2 * share))
        if plan.trap == "flash" and middle <= i < middle + flash_frames:
            lift = flash_gain
        if plan.trap == "exposure":
            gain = 1 + (gain_to - 1) * float(np.clip((i - middle) / gain_frames, 0, 1))
        moving_x = x - plan.camera.x - plan.camera.drift_x * t
        picture = view(
            plate[min(i, len(plate) - 1) if len(plate) < 2 else i % len(plate)],
            x + wobble[0] / 1280,
            plan.camera.y + plan.camera.drift_y * t + wobble[1] / 1280,
            plan.camera.zoom * (1 + plan.camera.drift_zoom * t + wobble[2]),
            # A shutter open for half the frame smears fast pans.
            blur_px=8 if plan.trap == "whip_pan" and 0 < abs(moving_x) < pan_way * 0.999 else 0,
        )
        for sprite in plan.sprites:
            draw(picture, sprite, t, moving_x * plan.camera.zoom)
        if plan.trap == "fast_subject" and 0 <= i - middle < crossing:
            draw(picture, replace(subject, x=-0.4 + 1.8 * (i - middle) / crossing), 0.0, 0.0)
        yield expose(picture, gain, lift, plan.noise, rng)
