"""Small films for tests, made by ffmpeg: scenes that differ, move and are sharp, with a steady tone."""

from collections.abc import Sequence
from pathlib import Path

from tasks.media.ffmpeg import run

SCENE_S = 2.5
_SIZE = "320x240"
_SCENES = (
    f"testsrc2=s={_SIZE}:r=30",
    f"mandelbrot=s={_SIZE}:r=30:start_scale=0.3,eq=brightness=0.1",
    f"testsrc2=s={_SIZE}:r=30,vflip,negate",
    f"testsrc=s={_SIZE}:r=30,hflip",
    f"testsrc2=s={_SIZE}:r=30,transpose=1,scale=320:240,hue=h=90",
    f"mandelbrot=s={_SIZE}:r=30:start_scale=0.02:start_x=-0.75:start_y=0.1,negate,eq=brightness=0.1",
    f"testsrc=s={_SIZE}:r=30,vflip,hue=h=200",
    f"testsrc2=s={_SIZE}:r=30,crop=160:120:40:60,scale=320:240:flags=neighbor",
)


def make_film(
    path: Path,
    *,
    scenes: Sequence[int],
    scene_s: float = SCENE_S,
    tone_hz: int = 300,
    sound: str | None = None,
) -> Path:
    """A film of some of the scenes in a row; its sound is a steady tone, or described for ffmpeg."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = [
        f"{_SCENES[scene]},trim=duration={scene_s},setsar=1,format=yuv420p[v{scene}]" for scene in scenes
    ]
    joined = "".join(f"[v{scene}]" for scene in scenes) + f"concat=n={len(scenes)}[v]"
    heard = (sound or f"sine=f={tone_hz}:r=48000") + f":d={scene_s * len(scenes)}[a]"
    run(
        [
            *(
                "-v",
                "error",
                "-filter_complex",
                ";".join([*pictures, joined, heard]),
                "-map",
                "[v]",
                "-map",
                "[a]",
            ),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-c:a", "aac", "-y", path.name),
        ],
        doing=f"making {path.name}",
        timeout_s=120,
        cwd=path.parent,
    )
    return path


def frame_hashes(path: Path) -> list[str]:
    """A hash of every decoded picture, in order."""
    chunks: list[bytes] = []
    run(
        ["-v", "error", "-i", path.name, "-map", "0:v", "-f", "framemd5", "-"],
        doing="hashing frames",
        timeout_s=120,
        cwd=path.parent,
        on_output=chunks.append,
    )
    lines = b"".join(chunks).decode().splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if not line.startswith("#")]
