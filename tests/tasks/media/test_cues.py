import itertools
from pathlib import Path

import pysubs2
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Word
from tasks.media.cues import (
    LINE_CHARACTERS,
    LINE_WORDS,
    LINES,
    Cue,
    build_cues,
    to_srt,
    to_vtt,
    write_srt,
    write_vtt,
)


def spoken(text: str, step_s: float = 0.4) -> tuple[Word, ...]:
    return tuple(
        Word(text=token, start_s=index * step_s, end_s=(index + 1) * step_s)
        for index, token in enumerate(text.split())
    )


def test_sentences_become_cues_of_two_even_lines() -> None:
    words = spoken("Handmade in Porto from recycled brass, every lamp is a little different. Yours too.")
    cues = build_cues(words, duration_s=10)
    assert [cue.lines for cue in cues] == [
        ("Handmade in Porto from recycled brass,", "every lamp is a little different."),
        ("Yours too.",),
    ]
    assert cues[0].end_s == cues[1].start_s


def test_a_cue_stays_a_moment_but_never_past_the_video() -> None:
    assert build_cues(spoken("Hi there."), duration_s=10)[0].end_s == 1.3
    assert build_cues(spoken("Hi there."), duration_s=0.9005)[0].end_s == 0.9
    assert build_cues((), duration_s=1) == ()


def test_srt_is_read_back_by_others(tmp_path: Path) -> None:
    path = tmp_path / "clip.srt"
    write_srt(spoken("Soft & <warm>. Only $9!"), path, duration_s=3661)
    assert path.read_text(encoding="utf-8") == (
        "1\n00:00:00,000 --> 00:00:01,200\nSoft & <warm>.\n\n2\n00:00:01,200 --> 00:00:02,500\nOnly $9!\n"
    )
    assert [(event.start, event.end) for event in pysubs2.load(str(path))] == [(0, 1200), (1200, 2500)]


def test_vtt_escapes_markup(tmp_path: Path) -> None:
    path = tmp_path / "clip.vtt"
    write_vtt(spoken("Soft & <warm> --> x"), path, duration_s=5)
    assert path.read_text(encoding="utf-8") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\nSoft &amp; &lt;warm&gt; --&gt; x\n"
    )
    assert len(pysubs2.load(str(path))) == 1


def test_clock_counts_hours() -> None:
    cues = (Cue(3661.25, 3662.0, ("late",)),)
    assert "01:01:01,250 --> 01:01:02,000" in to_srt(cues)
    assert "01:01:01.250 --> 01:01:02.000" in to_vtt(cues)


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="abcWÄ.,{}<>é🎉日", min_size=1, max_size=50),
            st.floats(min_value=0.0, max_value=1.2),
            st.floats(min_value=0.07, max_value=0.9),  # shorter ones are merged, see test_words
        ),
        max_size=40,
    )
)
def test_cues_are_readable_complete_and_never_overlap(timed: list[tuple[str, float, float]]) -> None:
    words, now_s = [], 0.0
    for text, gap_s, length_s in timed:
        words.append(Word(text=text, start_s=now_s + gap_s, end_s=now_s + gap_s + length_s))
        now_s += gap_s + length_s
    duration_s = now_s + 0.1
    cues = build_cues(words, duration_s=duration_s)
    joined = " ".join(line for cue in cues for line in cue.lines)
    assert joined == " ".join(word.text for word in words)
    for cue in cues:
        assert cue.start_s < cue.end_s <= duration_s
        assert len(cue.lines) <= LINES
        for line in cue.lines:
            assert len(line) <= LINE_CHARACTERS or " " not in line
            assert len(line.split()) <= LINE_WORDS
    for cue, following in itertools.pairwise(cues):
        assert cue.end_s <= following.start_s


def test_a_sentence_too_long_for_one_cue_is_shared_out_at_its_clause() -> None:
    text = "Meadow tea comes from quiet green hills, picked by hand and packed the same day."
    words = [
        Word(text=token, start_s=at * 0.4, end_s=at * 0.4 + 0.38) for at, token in enumerate(text.split())
    ]

    cues = build_cues(words, duration_s=10)

    assert [" ".join(cue.lines) for cue in cues] == [
        "Meadow tea comes from quiet green hills,",
        "picked by hand and packed the same day.",
    ]


def test_no_cue_reaches_over_a_break() -> None:
    words = spoken("one two three four")

    cues = build_cues(words, duration_s=10, breaks_s=(words[2].start_s,))

    assert [cue.lines for cue in cues] == [("one two",), ("three four",)]
    assert cues[0].end_s <= cues[1].start_s == words[2].start_s
