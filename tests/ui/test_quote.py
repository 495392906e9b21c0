"""`reelflow quote`: amounts for people and for programs; what is wrong is told as by the run itself."""

from pathlib import Path
from uuid import uuid4

import pytest

from models.clip import Clip
from models.edit import Cut, Edit
from models.profiles import create_profile, find_profile
from models.project import Project
from models.run import Run
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.elevenlabs_wire import VOICES
from tests.program import Reelflow

VOICE = next(iter(VOICES))


@pytest.fixture
def paying(quick: Reelflow, monkeypatch: pytest.MonkeyPatch) -> Reelflow:
    """A home whose default profile has an ElevenLabs voice and a key."""
    monkeypatch.setenv("REELFLOW_ELEVENLABS_API_KEY", "sk_0123456789abcdef0123456789abcdef")
    assert quick.call("profile", "add", "Acme").code == 0
    choice = ("--voice-provider", "elevenlabs", "--voice", VOICE)
    assert quick.call("profile", "set", "acme", *choice).code == 0
    return quick


def test_offline_everything_is_free_even_in_a_fresh_home(quick: Reelflow, films: dict[str, Path]) -> None:
    ended = quick.call("quote", films["cup"], "--script", "Tea for two.", "--json")

    assert ended.code == 0, ended.err
    told = ended.document
    assert (told["expected_usd"], told["maximum_micro_usd"]) == ("0.000000", 0)
    assert [(line["provider"], line["operation"]) for line in told["by_provider"]] == [
        ("offline", "analysis"),
        ("offline", "speech"),
    ]
    assert told["budget"]["fits"] is True
    assert told["budget"]["limit_usd"] is None


def test_a_script_of_a_clip_is_quoted_without_any_call(
    paying: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id, cuts = uuid4(), (Cut(footage_id=uuid4(), start_s=0.0, end_s=3.0),)
    with paying.database() as database:
        owner = create_profile(database, "Second").id
        project, run_id = Project(profile_id=owner, name="Cups"), uuid4()
        with database.profile_session(owner) as session:
            session.add_all([project, Run(profile_id=owner, id=run_id, kind="make_reels", title="t")])
            session.flush()
            session.add(
                Clip(
                    profile_id=owner, id=clip_id, project_id=project.id, run_id=run_id, variant=1,
                    name="c", edit=Edit(cuts=cuts).model_dump(mode="json"), duration_s=3.0, seed=1,
                )
            )  # fmt: skip
    choice = ("--voice-provider", "elevenlabs", "--voice", VOICE)
    assert paying.call("profile", "set", "second", *choice).code == 0
    assert paying.call("profile", "set-budget", "second", "0.001").code == 0
    with FakeElevenLabs() as eleven:
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", eleven.base_url)
        wanted = ("quote", "--clip", clip_id, "--profile", "second")

        told = paying.call(*wanted, "--script", "Tea for two.", "--json").document
        text = paying.call(*wanted, "--script", "Tea for two.").out

        assert eleven.seen == []
    (line,) = told["by_provider"]
    assert (line["model"], line["already_paid"]) == ("eleven_multilingual_v2", False)
    assert 0 < 2 * told["expected_micro_usd"] == line["maximum_micro_usd"] == told["maximum_micro_usd"]
    assert (told["budget"]["fits"], told["budget"]["limit_usd"]) == (False, "0.001000")
    assert text.splitlines()[0].split() == ["provider", "model", "for", "expected", "at", "most", "why"]
    assert text.rstrip().endswith("$0.00 of $0.001 spent: it does not fit.")
    assert "No provider is needed." in paying.call(*wanted).out
    assert paying.call("quote", "--clip", clip_id).code == 3, "another profile's clip"  # pitfall 70


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "the footage to make reels of, or a clip"),
        (["no.mp4", "--clip", "x"], 2, "the footage to make reels of, or a clip"),
        (["no.mp4"], 2, "There is no file no.mp4"),
        (["--clip", "x"], 3, "x"),
        (["--clip", "x", "--duration", "0"], 2, "A clip of 0 s"),
        (["--clip", "x", "--script", "..."], 2, "nothing to say"),
    ],
)
def test_what_is_wrong_is_said(paying: Reelflow, arguments: list[str], code: int, sentence: str) -> None:
    ended = paying.call("quote", *arguments)

    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.sentence


def test_a_missing_key_is_said_as_by_the_run(
    paying: Reelflow, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REELFLOW_ELEVENLABS_API_KEY")

    ended = paying.call("quote", films["cup"], "--script", "Tea.")

    assert ended.code != 0
    assert "reelflow profile set-key elevenlabs" in ended.sentence


def test_more_clips_of_a_project_are_quoted_by_its_footage(quick: Reelflow, films: dict[str, Path]) -> None:
    # given a project with footage in the library
    assert quick.call("profile", "add", "Acme").code == 0
    assert quick.call("project", "list", "--json").code == 0
    with quick.database() as database, database.profile_session(find_profile(database, None).id) as session:
        session.add(Project(profile_id=session.profile_id, name="Cups"))
    # when quoted, then judging is all there is, and a name that is no project is not found
    told = quick.call("quote", "--generate", "Cups", "--json").document
    assert [line["operation"] for line in told["by_provider"]] in ([], ["analysis"])
    assert told["maximum_micro_usd"] == 0
    assert quick.call("quote", "--generate", "Teapots").code == 3
    assert quick.call("quote", "--generate", "Cups", "--clip", str(uuid4())).code == 2
    for option in ("--like", "--voice-of"):
        assert quick.call("quote", films["cup"], option, str(uuid4())).code == 2
        assert quick.call("quote", "--generate", "Cups", option, str(uuid4())).code == 3
