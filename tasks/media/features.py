"""Measures footage in one pass: the only time analysis decodes it.

One ffmpeg process yields small frames, the sound's energy and a few larger stills through three
pipes; numpy reduces them to `FrameFeatures`, from which shots, spans, duplicates and crops are found
without touching the file again. Frames are put on a fixed 30 fps timeline first, so that `index / 30`
is the time in the file for variable, 24, 60 and 240 fps footage alike.
"""

import contextlib
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, UnusableFootage
from tasks.media import ffmpeg
from tasks.media.side_pipe import SidePipe

FPS = 30
#: Frames are squashed to this size whatever their shape; every measure is a share of the picture.
FRAME_WIDTH, FRAME_HEIGHT = 320, 180
THUMB_WIDTH, THUMB_HEIGHT = 80, 45
AUDIO_RATE = 16_000
AUDIO_HOP_S = 0.02
STILL_LONG_SIDE_PX = 640
#: Stills are one a second up to this many, then evenly further apart: 138 MB of 16:9 pictures at most.
MAX_STILLS = 600
#: A thumb pixel below this luma (limited range: black is 16) is dark.
DARK_LUMA = 32

_FORMAT = 1
_FRAME_BYTES = FRAME_WIDTH * FRAME_HEIGHT * 3 // 2
_CHUNK_FRAMES = 32
_HOP_SAMPLES = int(AUDIO_RATE * AUDIO_HOP_S)
#: Differences of thumb pixels up to this are noise and do not pull the motion centroid.
_MOTION_NOISE = 6


@dataclass(frozen=True, eq=False)
class FrameFeatures:
    """What one pass measured: `n` frames at 30 fps; frame `i` is shown from `i / 30` s of the file."""

    thumbs: NDArray[np.uint8]
    """Luma, squashed to 80x45: `(n, 45, 80)`."""
    chroma: NDArray[np.uint8]
    """Mean U and V of a 10x5 grid: `(n, 5, 10, 2)`."""
    brightness: NDArray[np.float32]
    """Mean luma 0-255: `(n,)`."""
    contrast: NDArray[np.float32]
    """Standard deviation of the thumb: `(n,)`."""
    dark_share: NDArray[np.float32]
    """Share of thumb pixels below `DARK_LUMA`: `(n,)`."""
    sharpness: NDArray[np.float32]
    """Mean absolute second difference of the 320x180 luma, across plus down: `(n,)`."""
    dhash: NDArray[np.uint64]
    """64-bit difference hash: `(n,)`."""
    motion: NDArray[np.float32]
    """Mean absolute difference to the frame before, 0-255; 0 for the first: `(n,)`."""
    motion_x: NDArray[np.float32]
    """Where it moves, 0 left to 1 right; 0.5 when nothing does: `(n,)`."""
    stills: NDArray[np.uint8]
    """Gray pictures in the footage's own shape, long side at most 640: `(k, height, width)`."""
    still_times_s: NDArray[np.float64]
    """When each still is shown: `(k,)`."""
    audio_rms: NDArray[np.float32] | None
    """Root mean square of each 20 ms of sound, 1.0 is full scale; None without sound: `(m,)`."""

    @property
    def frame_count(self) -> int:
        """Frames on the 30 fps timeline."""
        return len(self.brightness)

    @property
    def duration_s(self) -> float:
        """Length of the picture."""
        return self.frame_count / FPS

    def save(self, path: Path) -> None:
        """Writes everything to `path` (.npz) under a temporary name first, so it is whole or absent."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays = {name: array for name, array in arrays.items() if array is not None}
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".features-", delete=False) as partial:
            try:
                np.savez(partial, format=np.array(_FORMAT), **arrays)
                partial.close()
                Path(partial.name).replace(path)
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            Fault: the file is damaged or of another format; measure again.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                if int(stored["format"]) != _FORMAT:
                    raise Fault(f"{path.name} holds measurements of another version; measure again")
                arrays: dict[str, Any] = {key: stored[key] for key in stored.files if key != "format"}
            arrays.setdefault("audio_rms", None)
            return cls(**arrays)
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise Fault(f"{path.name} holds no readable measurements; measure again") from error


def measure_footage(
    path: Path,
    *,
    has_audio: bool,
    duration_s: float,
    timeout_s: float,
    name: str | None = None,
    video_index: int | None = None,
    audio_index: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    scratch_dir: Path | None = None,
    has_plain_pixels: bool = False,
) -> FrameFeatures:
    """Decodes footage once and measures every 30th of a second of it.

    The picture is turned as its rotation says. Memory does not grow with the pictures: they are spooled
    to unnamed files in `scratch_dir` (thumbs: 390 MB an hour; stills: 138 MB at most for 16:9) and
    mapped. The other measures take 140 bytes a frame, 15 MB an hour.

    Args:
        path: The file; may have any name.
        has_audio: Whether the sound is to be measured too; ffmpeg fails if there is none.
        duration_s: Length according to the prober: sets progress and the distance of stills.
        timeout_s: The pass is stopped after this many seconds.
        name: The file as the user knows it, for messages; `path.name` when None.
        video_index: Which stream of the file is the picture; the first that is no cover when None.
        audio_index: Position of the sound among the audio streams; the first when None.
        on_progress: Called with the share done, 0 to 1, never falling.
        scratch_dir: Folder for the unnamed files; the system's when None.
        has_plain_pixels: Whether its pictures are of the kind that `can_use_zscale` tells: measuring is
            faster then, and gives the same to within a few percent.

    Raises:
        UnusableFootage: not one picture could be decoded.
        MediaToolFailed: ffmpeg ended with an error.
        MediaToolTimedOut: the deadline passed.
        RunStopped: the run is being stopped.
    """
    still_every = max(FPS, -(-int(duration_s * FPS) // MAX_STILLS))
    expected = max(1.0, duration_s * FPS)
    with contextlib.ExitStack() as stack:
        frames = _FrameReducer(stack.enter_context(tempfile.TemporaryFile(dir=scratch_dir)))
        stills = _StillReader(stack.enter_context(tempfile.TemporaryFile(dir=scratch_dir)))
        sound = _SoundReader()

        def on_output(data: bytes) -> None:
            frames.add(data)
            if on_progress:
                on_progress(min(1.0, frames.count / expected))

        still_pipe = stack.enter_context(SidePipe(stills.read))
        sound_pipe = stack.enter_context(SidePipe(sound.read)) if has_audio else None
        ffmpeg.run_process(
            [
                ffmpeg.ffmpeg_path(),
                *_arguments(
                    path,
                    video="0:V:0" if video_index is None else f"0:{video_index}",
                    audio="0:a:0" if audio_index is None else f"0:a:{audio_index}",
                    still_every=still_every,
                    still_fd=still_pipe.write_fd,
                    sound_fd=sound_pipe.write_fd if sound_pipe else None,
                    shrink="zscale={}:{}:filter=bicubic" if has_plain_pixels else "scale={}:{}:flags=area",
                ),
            ],
            doing="measuring footage",
            timeout_s=timeout_s,
            on_output=on_output,
            chunk_bytes=_FRAME_BYTES * _CHUNK_FRAMES,
            pass_fds=[pipe.write_fd for pipe in (still_pipe, sound_pipe) if pipe],
        )
        # Closing our ends of the pipes lets their readers finish.
        still_pipe.close()
        if sound_pipe:
            sound_pipe.close()
        if not frames.count or not stills.count:
            raise UnusableFootage(name or path.name, "not one picture in it could be decoded")
        return FrameFeatures(
            **frames.measures(),
            stills=stills.pictures(),
            still_times_s=np.arange(stills.count, dtype=np.float64) * (still_every / FPS),
            audio_rms=sound.envelope() if has_audio else None,
        )


def _arguments(
    path: Path,
    *,
    video: str,
    audio: str,
    still_every: int,
    still_fd: int,
    sound_fd: int | None,
    shrink: str,
) -> list[str]:
    ratio = f"min(1,{STILL_LONG_SIDE_PX}/max(iw*sar,ih))"
    graph = (
        # fps comes first, so that neither branch scales a frame which the timeline drops.
        f"[{video}]fps={FPS}:start_time=0,split[a][b];"
        f"[a]{shrink.format(FRAME_WIDTH, FRAME_HEIGHT)},format=yuv420p[frames];"
        f"[b]select='not(mod(n,{still_every}))',"
        f"scale=w='max(2,iw*sar*{ratio})':h='max(2,ih*{ratio})':flags=area,format=gray[stills]"
    )
    passthrough = ["-fps_mode", "passthrough"]
    arguments = ["-nostdin", "-hide_banner", "-v", "error"]
    # The deblocking filter is up to 14 % of decoding H.264 and hardly shows at 320x180.
    arguments += ["-skip_loop_filter", "all"]
    for option, value in ffmpeg.SAFE_INPUT.items():
        arguments += [f"-{option}", value]
    arguments += ["-i", f"file:{path.absolute()}", "-filter_complex", graph]
    arguments += ["-map", "[frames]", *passthrough, "-f", "rawvideo", "pipe:1"]
    # PGM pictures carry their own size, which only ffmpeg knows after rotation and cropping.
    arguments += ["-map", "[stills]", *passthrough, "-c:v", "pgm", "-f", "image2pipe", f"pipe:{still_fd}"]
    if sound_fd is not None:
        arguments += ["-map", audio, "-af", "aresample=async=1:first_pts=0", "-ac", "1"]
        arguments += ["-ar", str(AUDIO_RATE), "-f", "s16le", f"pipe:{sound_fd}"]
    return arguments


class _SoundReader:
    """16-bit mono samples to the energy of each hop."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.float32]] = []

    def read(self, stream: IO[bytes]) -> None:
        while data := stream.read(_HOP_SAMPLES * 2 * 50):
            samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768
            whole = len(samples) // _HOP_SAMPLES * _HOP_SAMPLES
            # Only the last read is short; what it drops is less than 20 ms.
            hops = samples[:whole].reshape(-1, _HOP_SAMPLES)
            self._parts.append(np.sqrt(np.einsum("ij,ij->i", hops, hops) / _HOP_SAMPLES))

    def envelope(self) -> NDArray[np.float32]:
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.float32)


class _StillReader:
    """PGM pictures, one after the other, to one array."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._size = (0, 0)
        self.count = 0

    def read(self, stream: IO[bytes]) -> None:
        while stream.readline() == b"P5\n":
            width, height = (int(number) for number in stream.readline().split())
            stream.readline()
            pixels = stream.read(width * height)
            if len(pixels) < width * height:
                return
            # Footage that changes size midway keeps its first one: ffmpeg's -autoscale is on.
            self._size = (height, width)
            self._spool.write(pixels)
            self.count += 1

    def pictures(self) -> NDArray[np.uint8]:
        return _map(self._spool, (self.count, *self._size))


def _map(spool: IO[bytes], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    spool.flush()
    return np.memmap(spool, np.uint8, mode="r", shape=shape)


class _FrameReducer:
    """Raw 320x180 yuv420p frames to measures, a chunk at a time."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._last_thumb: NDArray[np.uint8] | None = None
        self.count = 0

    def add(self, data: bytes) -> None:
        number = len(data) // _FRAME_BYTES
        if not number:
            return
        pixels = np.frombuffer(data, np.uint8, number * _FRAME_BYTES).reshape(number, _FRAME_BYTES)
        luma_bytes = FRAME_WIDTH * FRAME_HEIGHT
        luma = pixels[:, :luma_bytes].reshape(number, FRAME_HEIGHT, FRAME_WIDTH)
        chroma = pixels[:, luma_bytes:].reshape(number, 2, FRAME_HEIGHT // 2, FRAME_WIDTH // 2)
        thumbs = _shrink_by_4(luma)
        before = thumbs[:1] if self._last_thumb is None else self._last_thumb
        motion, motion_x = _motion(np.concatenate([before, thumbs]))
        flat = thumbs.reshape(number, -1)
        self._parts.append(
            {
                "chroma": _chroma_grid(chroma),
                "brightness": flat.mean(1, dtype=np.float32),
                "contrast": flat.std(1, dtype=np.float32),
                "dark_share": (flat < DARK_LUMA).mean(1, dtype=np.float32),
                "sharpness": _sharpness(luma),
                "dhash": _difference_hash(thumbs),
                "motion": motion,
                "motion_x": motion_x,
            }
        )
        self._spool.write(thumbs.tobytes())
        self._last_thumb = thumbs[-1:]
        self.count += number

    def measures(self) -> dict[str, Any]:
        joined = {key: np.concatenate([part[key] for part in self._parts]) for key in self._parts[0]}
        return {"thumbs": _map(self._spool, (self.count, THUMB_HEIGHT, THUMB_WIDTH)), **joined}


def _shrink_by_4(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    number, height, width = luma.shape
    rows = luma.reshape(number, height // 4, 4, width)
    sums = rows[:, :, 0].astype(np.uint16)
    for row in (1, 2, 3):
        sums += rows[:, :, row]
    cells = sums.reshape(number, height // 4, width // 4, 4)
    return ((cells[..., 0] + cells[..., 1] + cells[..., 2] + cells[..., 3]) >> 4).astype(np.uint8)


def _chroma_grid(chroma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # Every other sample both ways is enough for cells of 18x16 samples.
    number = len(chroma)
    cells = chroma[:, :, ::2, ::2].reshape(number, 2, 5, 9, 80)
    sums = cells.sum(3, dtype=np.uint16).reshape(number, 2, 5, 10, 8).sum(4, dtype=np.uint16)
    return np.ascontiguousarray(np.moveaxis((sums + 36) // 72, 1, -1).astype(np.uint8))


def _sharpness(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Every other row and every fourth column carry the same information at a third of the cost.
    across = luma[:, ::2].astype(np.int16)
    down = luma[:, :, ::4].astype(np.int16)
    sharpness = np.zeros(len(luma), np.float32)
    for bend in (
        across[:, :, 2:] + across[:, :, :-2] - 2 * across[:, :, 1:-1],
        down[:, 2:] + down[:, :-2] - 2 * down[:, 1:-1],
    ):
        sharpness += np.abs(bend, out=bend).reshape(len(luma), -1).mean(1, dtype=np.float32)
    return sharpness


def _difference_hash(thumbs: NDArray[np.uint8]) -> NDArray[np.uint64]:
    number = len(thumbs)
    rows = thumbs[:, 2:42, 4:76].reshape(number, 8, 5, 72).sum(2, dtype=np.uint16)
    cells = rows.reshape(number, 8, 9, 8).sum(3, dtype=np.uint16)
    bits = np.packbits(cells[:, :, 1:] > cells[:, :, :-1], axis=-1)
    return bits.reshape(number, 8).view(">u8")[:, 0].astype(np.uint64)


def _motion(thumbs: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Differences of neighbours in `(n + 1, ...)` thumbs: amount and centre, each `(n,)`."""
    after, before = thumbs[1:], thumbs[:-1]
    change = np.maximum(after, before) - np.minimum(after, before)
    amount = change.reshape(len(change), -1).mean(1, dtype=np.float32)
    moving = np.maximum(change, _MOTION_NOISE) - np.uint8(_MOTION_NOISE)
    columns = moving.sum(1, dtype=np.uint32).astype(np.float32)
    centres = (np.arange(THUMB_WIDTH, dtype=np.float32) + 0.5) / THUMB_WIDTH
    weight = columns.sum(1)
    centre = np.where(weight > 0, columns @ centres / np.maximum(weight, 1), np.float32(0.5))
    return amount, centre.astype(np.float32)
