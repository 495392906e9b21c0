"""Odd, damaged and hostile files as shops really bring them, made on the fly with the bundled ffmpeg.

`ODD_FILES` says what each one is and what has to come of it, so that the prober's test and any test
that renders "every usable file" share one list. The `odd_folder` fixture is the folder they are in.
"""

import random
import shlex
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tasks.media import ffmpeg

_PICTURE = "-f lavfi -i testsrc2=s=320x180:r=30:d=2"
_SOUND = "-f lavfi -i sine=440:r=48000:d=2"
_X264 = "-c:v libx264 -preset ultrafast -crf 24 -pix_fmt yuv420p -g 30"
_X265 = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1"
_AAC = "-c:a aac -b:a 96k -ac 2"
_COPY = "-i good.mp4 -c copy"

_BREAKS_OFF = {"is_truncated": True, "warnings": "breaks off"}


@dataclass(frozen=True)
class OddFile:
    """One file and what has to come of it.

    Attributes:
        name: File name inside the folder, which is the working directory of what makes it.
        make: ffmpeg's arguments before the output's name, or a function of the path to write.
        source: File of this list that `make` reads and that is therefore made earlier.
        facts: For a usable file: expected `FootageInfo` fields, `audio.rate` for a field of its audio.
            Numbers hold to within 2 % or 0.02, or as `pytest.approx` says; a text for `warnings` is a
            part of one of them.
        refusal: For an unusable file: a part of the reason.
    """

    name: str
    make: str | Callable[[Path], object]
    source: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def is_usable(self) -> bool:
        return self.refusal is None


def _broken_off(source: str, share: float) -> Callable[[Path], object]:
    """The first part of another file, as an upload that did not finish leaves it."""

    def make(path: Path) -> None:
        whole = (path.parent / source).read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

    return make


def _noise_in_the_middle(path: Path) -> None:
    content = bytearray((path.parent / "good.mp4").read_bytes())
    dice = random.Random(3)  # noqa: S311 - the same damage each time
    for _ in range(40):
        at = dice.randrange(int(len(content) * 0.3), int(len(content) * 0.7))
        content[at : at + 40] = dice.randbytes(40)
    path.write_bytes(content)


def _noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(200_000))  # noqa: S311 - the same noise each time


def _playlist(path: Path) -> None:
    target = path.parent / "good.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n")


def _concat(path: Path) -> None:
    path.write_text(f"ffconcat version 1.0\nfile '{path.parent / 'good.mp4'}'\n")


def _dash(path: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>file://{path.parent / "good.mp4"}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )


def _with_clean_aperture(path: Path) -> None:
    """Adds the box (`clap`) by which cameras say that a border of the picture is not to be seen."""
    content = bytearray((path.parent / "good.mp4").read_bytes())  # its index is last, so nothing else moves
    added = struct.pack(">I4s8I", 40, b"clap", 280, 1, 160, 1, 0, 1, 0, 1)
    around, start = [], len(content)
    for kind in (b"avc1", b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        start = content.rindex(kind, 0, start) - 4
        around.append(start)
    (entry_bytes,) = struct.unpack_from(">I", content, around[0])
    content[around[0] + entry_bytes : around[0] + entry_bytes] = added
    for start in around:
        (length,) = struct.unpack_from(">I", content, start)
        struct.pack_into(">I", content, start, length + len(added))
    path.write_bytes(content)


def _hdr(transfer: str) -> str:
    tags = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited"
    colour = f"-color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc"
    return f"{_PICTURE} {_SOUND} {_X265} -x265-params {tags} {colour} {_AAC}"


def _turned(clockwise: int, *, width: int, height: int) -> OddFile:
    """A picture stored lying, with the order to turn it, as phones write it."""
    return OddFile(
        f"turned_{clockwise}.mp4",
        f"-display_rotation {-clockwise} {_COPY}",  # the option counts the other way
        "good.mp4",
        {"rotation": clockwise, "coded_width": 320, "display_width": width, "display_height": height},
    )


_GOOD: Mapping[str, object] = {
    "codec": "h264",
    "coded_width": 320,
    "coded_height": 180,
    "display_width": 320,
    "display_height": 180,
    "rotation": 0,
    "sar": "1:1",
    "fps": 30,
    "rate": "30",
    "is_vfr": False,
    "start_s": 0,
    "duration_s": 2,
    "is_interlaced": False,
    "is_hdr": False,
    "is_truncated": False,
    "warnings": (),
    "video_index": 0,
    "audio.codec": "aac",
    "audio.rate": 48000,
    "audio.channels": 2,
    "audio.index": 0,
    "audio.start_s": 0,
}

_BROKEN = (
    OddFile("broken_off_at_start.mp4", _broken_off("good.mp4", 0.6), "good.mp4", refusal="cut off"),
    OddFile(
        "broken_off_faststart.mp4",
        _broken_off("faststart.mp4", 0.6),
        "faststart.mp4",
        {**_BREAKS_OFF, "duration_s": pytest.approx(1.2, abs=0.15)},
    ),
    OddFile(
        "broken_off_fragments.mp4",
        _broken_off("fragments.mp4", 0.6),
        "fragments.mp4",
        {**_BREAKS_OFF, "duration_s": pytest.approx(1.2, abs=0.15)},
    ),
    OddFile(
        "broken_off.mkv",
        _broken_off("good.mkv", 0.5),
        "good.mkv",
        {**_BREAKS_OFF, "duration_s": pytest.approx(1, abs=0.15)},
    ),
    OddFile(
        "broken_off.avi",
        _broken_off("good.avi", 0.5),
        "good.avi",
        {**_BREAKS_OFF, "duration_s": pytest.approx(1, abs=0.15)},
    ),
    # A transport stream promises no length, so nothing is missing.
    OddFile(
        "broken_off.ts",
        _broken_off("good.ts", 0.5),
        "good.ts",
        {"duration_s": pytest.approx(1, abs=0.15), "warnings": ()},
    ),
    OddFile("noise_in_the_middle.mp4", _noise_in_the_middle, "good.mp4", {"duration_s": 2}),
    OddFile("noise.mp4", _noise, refusal="not a video"),
    OddFile("empty.mp4", Path.touch, refusal="empty"),
    OddFile("text.mp4", lambda path: path.write_text("hello, not a video\n"), refusal="not a video"),
    OddFile("one_frame.mp4", f"{_PICTURE} -frames:v 1 {_X264}", refusal="too short"),
    OddFile("seven_hours.mp4", f"-f lavfi -i color=black:s=64x36:r=1/20:d=25200 {_X264}", refusal="too long"),
    OddFile("huge.mp4", f"-f lavfi -i color=red:s=8192x8192:d=1:r=1 {_X264}", refusal="too large"),
    OddFile("tiny.mkv", "-f lavfi -i testsrc2=s=8x8:r=30:d=1 -c:v ffv1", refusal="too small"),
)

_IN_DISGUISE = (
    OddFile("song.mp3", f"{_SOUND} -c:a libmp3lame", refusal="only sound"),
    OddFile("song.m4a", f"{_SOUND} {_AAC}", refusal="only sound"),
    OddFile(
        "song_with_cover.m4a",
        f"{_SOUND} -f lavfi -i color=red:s=300x300:d=1:r=1 -map 0 -map 1 {_AAC} -c:v mjpeg "
        "-disposition:v attached_pic",
        refusal="only sound",
    ),
    OddFile("animation.gif", "-f lavfi -i testsrc2=s=160x120:r=10:d=1", refusal="GIF"),
    OddFile("photo.png", f"{_PICTURE} -frames:v 1 -update 1", refusal="photo"),
    OddFile("photo_as_video.mp4", f"{_PICTURE} -frames:v 1 -update 1 -c:v mjpeg -f image2", refusal="photo"),
    OddFile("playlist.mp4", _playlist, refusal="list of other files"),
    OddFile("concat.mp4", _concat, refusal="list of other files"),
    OddFile("dash.mp4", _dash, refusal="list of other files"),
)

_PICTURES = (
    _turned(90, width=180, height=320),
    _turned(180, width=320, height=180),
    _turned(270, width=180, height=320),
    OddFile(
        "vfr.mp4",
        f"{_PICTURE} {_SOUND} -vf \"select='if(lt(t,1),1,not(mod(n,4)))'\" -fps_mode vfr {_X264} {_AAC}",
        facts={"is_vfr": True, "rate": "30", "fps": 37 / 1.9, "frames": 37, "duration_s": 1.9},
    ),
    OddFile(
        "hdr_pq.mp4",
        _hdr("smpte2084"),
        facts={"is_hdr": True, "transfer": "pq", "colour_matrix": "bt2020", "pix_fmt": "yuv420p10le"},
    ),
    OddFile(
        "hdr_hlg.mov",
        _hdr("arib-std-b67"),
        facts={"is_hdr": True, "transfer": "hlg", "colour_primaries": "bt2020", "container": "mov"},
    ),
    OddFile(
        "odd_size_444.mp4",
        f"{_PICTURE} {_SOUND} -vf scale=321:181 {_X264} -pix_fmt yuv444p {_AAC}",
        facts={"coded_width": 321, "coded_height": 181, "display_width": 321, "pix_fmt": "yuv444p"},
    ),
    OddFile(
        "fps_240.mp4",
        f"-f lavfi -i testsrc2=s=160x90:r=240:d=2 {_X264}",
        facts={"fps": 240, "is_vfr": False, "frames": 480},
    ),
    OddFile(
        "interlaced_anamorphic.mp4",
        f"-f lavfi -i testsrc2=s=360x288:r=50:d=2 {_SOUND} -vf interlace=scan=tff,setsar=16/11,setfield=tff "
        f"{_X264} -flags +ilme+ildct {_AAC}",
        facts={"is_interlaced": True, "sar": "16:11", "display_width": 524, "display_height": 288, "fps": 25},
    ),
    OddFile(
        "anamorphic.mp4",
        f"{_PICTURE} -vf scale=240:180,setsar=4/3 {_X264}",
        facts={"sar": "4:3", "coded_width": 240, "display_width": 320, "display_height": 180},
    ),
    OddFile(
        "anamorphic_turned.mp4",
        "-display_rotation -90 -i anamorphic.mp4 -c copy",
        "anamorphic.mp4",
        {"sar": "4:3", "rotation": 90, "display_width": 135, "display_height": 240},
    ),
    OddFile(
        "clean_aperture.mp4",
        _with_clean_aperture,
        "good.mp4",
        {"coded_width": 280, "coded_height": 160, "display_width": 280, "display_height": 160},
    ),
    OddFile(
        "full_range.mp4",
        f"{_PICTURE} -vf scale=out_range=full {_X264} -pix_fmt yuvj420p -color_range pc",
        facts={"colour_range": "pc"},
    ),
    OddFile(
        "prores.mov",
        f"-f lavfi -i testsrc2=s=320x180:r=30000/1001:d=2 {_SOUND} -c:v prores_ks -profile:v 2 {_AAC}",
        facts={"codec": "prores", "fps": 29.97, "rate": "30000/1001", "is_interlaced": False},
    ),
)

_CONTAINERS = (
    OddFile("faststart.mp4", f"{_COPY} -movflags +faststart", "good.mp4", _GOOD),
    OddFile(
        "fragments.mp4",
        f"{_PICTURE} {_X264} -movflags +frag_keyframe+empty_moov+default_base_moof",
        facts={"duration_s": 2, "fps": 30, "is_vfr": False, "is_truncated": False},
    ),
    OddFile("good.mkv", _COPY, "good.mp4", {**_GOOD, "container": "matroska"}),
    OddFile("good.ts", _COPY, "good.mp4", {"container": "mpegts", "duration_s": 2, "fps": 30}),
    OddFile(
        "good.avi",
        f"{_PICTURE} {_SOUND} -c:v mjpeg -q:v 12 -c:a pcm_s16le",
        facts={"container": "avi", "codec": "mjpeg", "duration_s": 2, "audio.codec": "pcm_s16le"},
    ),
    OddFile(
        "good.flv",
        f"{_PICTURE} {_SOUND} -c:v libx264 -preset veryfast -bf 3 {_AAC}",
        facts={"container": "flv", "duration_s": 2, "fps": 30, "is_vfr": False, "is_truncated": False},
    ),
    OddFile(
        "no_duration.webm",
        f"{_PICTURE} {_SOUND} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 400k -c:a libvorbis -live 1",
        facts={"codec": "vp8", "duration_s": 2, "fps": 30, "frames": 60, "audio.codec": "vorbis"},
    ),
    OddFile(
        "cover_first.mp4",
        "-f lavfi -i color=red:s=600x600:d=1:r=1 -i good.mp4 -map 0:v -map 1:v -map 1:a -c copy -c:v:0 mjpeg "
        "-disposition:v:0 attached_pic -timecode 01:00:00:00",
        "good.mp4",
        {"codec": "h264", "coded_width": 320, "duration_s": 2, "audio.index": 0},
    ),
    OddFile(
        "two_pictures_two_sounds.mkv",
        "-f lavfi -i testsrc2=s=96x54:r=30:d=2 -i good.mp4 -f lavfi -i sine=880:r=22050:d=2 -map 0:v "
        f"-map 1:v -map 2:a -map 1:a {_X264} {_AAC} -disposition:a:0 0 -disposition:a:1 default",
        "good.mp4",
        {"coded_width": 320, "video_index": 1, "audio.index": 1, "audio.rate": 48000},
    ),
)

_SOUNDS = (
    OddFile("no_sound.mp4", f"{_PICTURE} {_X264}", facts={"audio": None, "duration_s": 2}),
    OddFile(
        "mono_8k.mp4",
        f"{_PICTURE} -f lavfi -i sine=440:r=8000:d=2 {_X264} -c:a aac -ac 1",
        facts={"audio.rate": 8000, "audio.channels": 1},
    ),
    OddFile(
        "surround_96k.mp4",
        f"{_PICTURE} -f lavfi -i sine=440:r=96000:d=2 {_X264} -c:a aac -ac 6",
        facts={"audio.rate": 96000, "audio.channels": 6},
    ),
    OddFile(
        "short_sound.mp4",
        f"{_PICTURE} -f lavfi -i sine=440:r=44100:d=1 {_X264} {_AAC}",
        facts={"duration_s": 2, "audio.duration_s": 1},
    ),
    OddFile(
        "late_sound.mp4",
        f"{_PICTURE} -itsoffset 0.5 -f lavfi -i sine=440:r=44100:d=1.5 {_X264} {_AAC}",
        facts={"start_s": 0, "duration_s": 2, "audio.start_s": 0.48, "audio.duration_s": 1.52},
    ),
    OddFile(
        "late_picture.mp4",
        f"-itsoffset 0.5 {_PICTURE} {_SOUND} {_X264} {_AAC}",
        facts={"start_s": 0.5, "duration_s": 2.5, "fps": 30, "audio.start_s": 0},
    ),
)

ODD_FILES: tuple[OddFile, ...] = (
    OddFile(
        "good.mp4", f"{_PICTURE} {_SOUND} {_X264} {_AAC}", facts={**_GOOD, "container": "mp4", "frames": 60}
    ),
    *_BROKEN,
    *_IN_DISGUISE,
    *_PICTURES,
    *_CONTAINERS,
    *_SOUNDS,
)
USABLE = tuple(file for file in ODD_FILES if file.is_usable)
REFUSED = tuple(file for file in ODD_FILES if not file.is_usable)


def make_odd_files(folder: Path) -> None:
    """Makes every file of `ODD_FILES` in `folder`, sources before what is derived from them."""
    waiting = list(ODD_FILES)
    made: set[str] = set()
    with ThreadPoolExecutor(max_workers=2) as pool:
        while waiting:
            ready = [file for file in waiting if file.source is None or file.source in made]
            for _ in pool.map(lambda file: _make(file, folder), ready):
                pass
            made |= {file.name for file in ready}
            waiting = [file for file in waiting if file.name not in made]


def _make(file: OddFile, folder: Path) -> None:
    if not isinstance(file.make, str):
        file.make(folder / file.name)
        return
    arguments = ["-v", "error", "-y", *shlex.split(file.make), file.name]
    ffmpeg.run(arguments, doing=f"making {file.name}", timeout_s=60, cwd=folder)


@cache
def _made_once(folder: Path) -> Path:
    folder.mkdir()
    make_odd_files(folder)
    return folder


@pytest.fixture(scope="session")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file of `ODD_FILES`; made once, however many modules import the fixture."""
    return _made_once(tmp_path_factory.getbasetemp() / "odd_files")
