"""What the cost benchmarks share: footage as phones make it, counting CPU time, and the floor of a render.

CPU time is that of this process and of the processes it waited for, user plus system: unlike the clock it
does not grow when the machine does other things. What is compared is run in turns.
"""

import resource
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from models.edit import Edit, Word
from tasks.media import ffmpeg
from tasks.media.mix import VoiceFile
from tasks.media.presets import Preset
from tasks.media.reframe import crop_window
from tasks.media.subtitles import build_captions, write_ass
from tasks.media.timeline import PlacedCut, total_frames
from tasks.media.words import shift
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest

ASSETS = Path(__file__).resolve().parents[2] / "tasks/media/assets/sample"

#: Made once, used by every run until the machine tidies up.
CACHE = Path(tempfile.gettempdir()) / "reelflow-bench-1"

#: Longer than the clips, so that the picture's end is the clip's.
SCRIPT = (ASSETS / "script.txt").read_text(encoding="utf-8")


def phone_footage(minutes: int) -> Path:
    """1080p at 30 fps and about 14 Mb/s: hand-held pictures with grain, a key frame a second, with sound."""
    minute = CACHE / "minute.mp4"
    if not minute.exists():
        CACHE.mkdir(exist_ok=True)
        names = ("box.mp4", "cup.mp4", "meadow.webm")
        inputs = [
            part for name in names for part in ("-stream_loop", "-1", "-t", "20", "-i", str(ASSETS / name))
        ]
        shapes = ";".join(
            f"[{index}:v]fps=30,trim=duration=20,scale=1920:1080:out_color_matrix=bt709:out_range=tv,setsar=1,"
            f"format=yuv420p[v{index}]"
            for index in range(len(names))
        )
        joined = "[v0][v1][v2]concat=n=3,noise=alls=9:allf=t:all_seed=1,setparams=colorspace=bt709:"
        joined += "color_primaries=bt709:color_trc=bt709:range=tv[v]"
        _make(
            minute,
            [
                *(
                    *inputs,
                    "-f",
                    "lavfi",
                    "-i",
                    "anoisesrc=amplitude=0.2:sample_rate=48000:seed=1:duration=60",
                ),
                *("-filter_complex", f"{shapes};{joined}", "-map", "[v]", "-map", "3:a", "-t", "60"),
                *("-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-b:v", "14M", "-maxrate", "16M"),
                *("-bufsize", "16M", "-c:a", "aac", "-b:a", "128k"),
            ],
        )
    whole = CACHE / f"{minutes}-minutes.mp4"
    if not whole.exists():
        _make(whole, ["-stream_loop", str(minutes - 1), "-i", str(minute), "-c", "copy"])
    return whole


def _make(path: Path, arguments: Sequence[str]) -> None:
    partial = path.with_name(f"partial-{path.name}")
    ffmpeg.run(["-v", "error", "-y", *arguments, str(partial)], doing=f"making {path.name}", timeout_s=900)
    partial.rename(path)


def spoken(folder: Path, *, at_least_s: float) -> tuple[VoiceFile, tuple[Word, ...]]:
    """The sample's script, said as often as needed, and its words in clip time."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SCRIPT
    while True:
        speech = OfflineVoice().speak(SpeechRequest(text=text, voice="en-us"), folder, timeout_s=60)
        if speech.duration_s >= at_least_s:
            return VoiceFile(speech.audio, 0.25), shift(speech.words, 0.25)
        text += f" {SCRIPT}"


def write_captions(words: Sequence[Word], edit: Edit, preset: Preset, duration_s: float, path: Path) -> None:
    """Captions as a render burns them."""
    if edit.captions is None:
        raise ValueError("the edit has no captions")
    heard = [word for word in words if word.end_s < duration_s]
    write_ass(build_captions(heard, style=edit.captions, preset=preset, duration_s=duration_s), path)


def render_plainly(placed: Sequence[PlacedCut], preset: Preset, into: Path) -> None:
    """The floor: one plain ffmpeg call that makes the same frames, without captions and sound."""
    arguments, chains = ["-v", "error", "-y"], []
    for index, cut in enumerate(placed):
        info = cut.source.info
        window = crop_window(cut.crop, info.display_width, info.display_height, preset.width, preset.height)
        arguments += ["-threads", "2", "-ss", f"{cut.start_s:.6f}", "-t", f"{cut.frames / preset.fps:.6f}"]
        arguments += ["-i", str(cut.source.path)]
        chains.append(
            f"[{index}:v]crop={window.width}:{window.height}:{window.x}:{window.y},"
            f"scale={preset.width}:{preset.height}:flags=bicubic,setsar=1[v{index}]"
        )
    joined = "".join(f"[v{index}]" for index in range(len(placed))) + f"concat=n={len(placed)}[v]"
    arguments += ["-filter_complex", ";".join([*chains, joined]), "-map", "[v]"]
    arguments += ["-c:v", "libx264", "-preset", preset.x264_preset, "-crf", str(preset.crf)]
    arguments += ["-profile:v", "high", "-pix_fmt", "yuv420p", "-g", str(preset.gop_s * preset.fps)]
    arguments += ["-frames:v", str(total_frames(placed)), "-movflags", "+faststart", str(into)]
    ffmpeg.run(arguments, doing="rendering plainly", timeout_s=900)


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds that some work takes, its processes included."""
    before = _used_s()
    work()
    return _used_s() - before


def _used_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
