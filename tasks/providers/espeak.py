"""A program of its own that speaks a text with eSpeak NG: `python -m tasks.providers.espeak`.

eSpeak NG is under the GPL, keeps global state and can't be interrupted, so it stays in a process that
lives for one text. A JSON request comes on standard input (`text`, `voice`, `rate`, `pitch`, `range`,
`amplitude`, `wav`), the audio goes to the file `wav`, and the answer, JSON again, to standard output.

Answer: `sample_rate`, `duration_s`, `events` (`[character position, start_s]` of each spoken word),
`silences` (`[start_s, end_s]`), `library` (its version); or `error` and `kind` with exit status 2. The
request `{"list": true}` is answered with `voices`, each a language and its name.
Source of the interface: <https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h>
"""

# Standard library only: every import here is paid for by each spoken text.
import array
import ctypes
import difflib
import json
import os
import sys
import wave
from pathlib import Path
from typing import Any, NamedTuple

_SYSTEM_LIBRARIES = ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.dylib", "libespeak-ng.dll")

_RETRIEVE_AUDIO = 1
_DONT_EXIT = 0x8000
_POSITION_IN_CHARACTERS = 1
_UTF8 = 1
_EVENT_END_OF_LIST, _EVENT_WORD = 0, 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4

_BLOCK_S = 0.01
_SILENCE_SHARE = 0.012  # of the loudest sample: 38 dB below it
_SHORTEST_SILENCE_S = 0.08  # stops inside words ("ta-p") are shorter
_HEAD_S, _TAIL_S = 0.03, 0.12  # kept around the speech, so that nothing sounds clipped


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),  # priority byte, language, zero; ended by a zero
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class CannotSpeak(Exception):
    """Ends the program with a sentence; `kind` is `bad_input` or `fault`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Library(NamedTuple):
    """The loaded library and the sample rate it speaks at."""

    calls: ctypes.CDLL
    sample_rate: int


def open_library() -> Library:
    """Loads and starts eSpeak NG: the wheel's, else the system's.

    Raises:
        CannotSpeak: there is none, or its data are missing.
    """
    try:
        import espeakng_loader
    except ImportError:
        calls, data_parent = _load_first(_SYSTEM_LIBRARIES), None
    else:
        calls = _load_first((espeakng_loader.get_library_path(),))
        # The library copies the path into 160 bytes, so it gets "." and stands in the folder itself.
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        data_parent = b"."
    calls.espeak_Initialize.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
    calls.espeak_Synth.argtypes = (
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    )
    calls.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    calls.espeak_Info.restype = ctypes.c_char_p
    sample_rate = calls.espeak_Initialize(_RETRIEVE_AUDIO, 0, data_parent, _DONT_EXIT)
    if sample_rate <= 0:
        raise CannotSpeak("fault", "The offline voice did not start: eSpeak NG's data files are missing.")
    return Library(calls, sample_rate)


def _load_first(names: tuple[str, ...]) -> ctypes.CDLL:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise CannotSpeak(
        "fault",
        "The offline voice needs the espeak-ng library: install the Python package espeakng-loader"
        " or the system package espeak-ng.",
    )


def list_voices(library: Library) -> dict[str, str]:
    """Languages the library speaks, such as `de` or `en-gb`, sorted, with their names in English."""
    found = library.calls.espeak_ListVoices(None)
    names: dict[bytes, bytes] = {}
    position = 0
    while found[position]:
        voice = found[position].contents
        address = ctypes.cast(voice.languages, ctypes.c_void_p).value
        while address and ctypes.string_at(address, 1) != b"\0":
            language = ctypes.string_at(address + 1)
            names.setdefault(language, voice.name or language)
            address += len(language) + 2
        position += 1
    return {
        language.decode("utf-8", "replace"): name.decode("utf-8", "replace")
        for language, name in sorted(names.items())
    }


def choose_voice(library: Library, voice: str) -> None:
    """Sets the voice: a language, with an optional variant after a plus sign.

    Raises:
        CannotSpeak: there is no such voice; the message says how to choose one.
    """
    language, _, variant = voice.partition("+")
    language = language.replace("_", "-").lower()
    known = {name.lower(): name for name in list_voices(library)}
    variants = _variants()
    is_known_variant = not variant or not variants or variant in variants
    # Only listed names reach the library: it would open any other as a file.
    if language in known and is_known_variant:
        name = "+".join(filter(None, (known[language], variant)))
        if library.calls.espeak_SetVoiceByName(name.encode()) == 0:
            return
    wanted, choices = (variant, sorted(variants)) if not is_known_variant else (language, [*known.values()])
    close = difflib.get_close_matches(wanted, choices, n=3, cutoff=0.7)
    raise CannotSpeak(
        "bad_input",
        f"The offline voice has no voice {voice!r}."
        + (f" Did you mean {' or '.join(close)}?" if close else "")
        + " Choose a language such as en-us, en-gb, de, es, fr, it or pt-br,"
        " with a variant if you like: en-us+f3 or en-us+m3.",
    )


def _variants() -> set[str]:
    """Names of the wheel's voice variants; empty when the system's library is used."""
    folder = Path("espeak-ng-data", "voices", "!v")
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def synthesise(library: Library, text: str, *, rate: int, pitch: int, spread: int, amplitude: int) -> Any:
    """Speaks a text into memory.

    Returns:
        The samples (`array` of 16-bit integers) and `[character position, sample]` of each spoken word.

    Raises:
        CannotSpeak: the library refused.
    """
    samples = bytearray()
    events: list[tuple[int, int]] = []

    def collect(block: Any, count: int, event: Any) -> int:
        if count > 0:
            samples.extend(ctypes.string_at(block, count * 2))
        position = 0
        while event[position].type != _EVENT_END_OF_LIST:
            if event[position].type == _EVENT_WORD:
                events.append((event[position].text_position - 1, event[position].sample))
            position += 1
        return 0

    callback = _SynthCallback(collect)
    library.calls.espeak_SetSynthCallback(callback)
    for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, spread), (_VOLUME, amplitude)):
        library.calls.espeak_SetParameter(parameter, value, 0)
    data = text.encode("utf-8")
    status = library.calls.espeak_Synth(data, len(data) + 1, 0, _POSITION_IN_CHARACTERS, 0, _UTF8, None, None)
    library.calls.espeak_Synchronize()
    if status != 0:
        raise CannotSpeak("fault", f"The offline voice stopped with eSpeak NG's error {status}.")
    spoken = array.array("h", bytes(samples))
    if sys.byteorder == "big":
        spoken.byteswap()
    return spoken, events


def find_silences(samples: Any, sample_rate: int) -> list[tuple[int, int]]:
    """Spans `[start, end)` in samples where nothing is heard for 80 ms or longer."""
    block = max(1, round(_BLOCK_S * sample_rate))
    peaks = []
    for start in range(0, len(samples), block):
        part = samples[start : start + block]
        peaks.append(max(max(part), -min(part)))
    limit = max(peaks, default=0) * _SILENCE_SHARE
    silences: list[tuple[int, int]] = []
    begin: int | None = None
    for position, peak in enumerate([*peaks, limit + 1]):
        if peak <= limit:
            begin = position if begin is None else begin
        elif begin is not None:
            if (position - begin) * _BLOCK_S >= _SHORTEST_SILENCE_S:
                silences.append((begin * block, min(position * block, len(samples))))
            begin = None
    return silences


def trim(samples: Any, silences: list[tuple[int, int]], sample_rate: int) -> tuple[int, int]:
    """Span of the samples to keep: the speech with a little air around it."""
    first, last = 0, len(samples)
    if silences and silences[0][0] == 0:
        first = max(0, silences[0][1] - round(_HEAD_S * sample_rate))
    if silences and silences[-1][1] == len(samples):
        last = min(len(samples), silences[-1][0] + round(_TAIL_S * sample_rate))
    return first, max(first, last)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Carries out one request; writes the WAV file of a text.

    Raises:
        CannotSpeak: with a sentence for the user.
    """
    if request.get("list"):
        return {"voices": list_voices(open_library())}
    wav = Path(request["wav"]).absolute()  # the working directory changes below
    library = open_library()
    choose_voice(library, request["voice"])
    samples, events = synthesise(
        library,
        request["text"],
        rate=request["rate"],
        pitch=request["pitch"],
        spread=request["range"],
        amplitude=request["amplitude"],
    )
    if not samples or not events:
        raise CannotSpeak("bad_input", "There is nothing to say in this text: it has no words.")
    silences = find_silences(samples, library.sample_rate)
    first, last = trim(samples, silences, library.sample_rate)
    kept = samples[first:last]

    def seconds(sample: int) -> float:
        return round((min(max(sample, first), last) - first) / library.sample_rate, 4)

    if sys.byteorder == "big":
        kept.byteswap()
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(library.sample_rate)
        file.writeframes(kept.tobytes())
    return {
        "sample_rate": library.sample_rate,
        "duration_s": (last - first) / library.sample_rate,
        "events": [[position, seconds(sample)] for position, sample in events],
        "silences": [[seconds(start), seconds(end)] for start, end in silences],
        "library": library.calls.espeak_Info(None).decode("utf-8", "replace"),
    }


def main() -> int:
    """Reads the request, writes the answer; returns the exit status."""
    try:
        result, status = answer(json.load(sys.stdin.buffer)), 0
    except CannotSpeak as refusal:
        result, status = {"error": str(refusal), "kind": refusal.kind}, 2
    sys.stdout.write(json.dumps(result) + "\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
