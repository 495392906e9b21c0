"""`reelflow profile set-key` and its neighbours: keys go in, and never come out again."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.gemini import FakeGemini
from tests.secret_hunt import hunt
from ui import cli

GEMINI_KEY = "AIzaSyD-0123456789abcdefABCDEF_0123456"
ELEVENLABS_KEY = "sk_0123456789abcdef0123456789abcdef0123456789abcdef"
PLAIN_KEY = "an-older-key-without-any-shape"
KEYS = {"gemini": GEMINI_KEY, "elevenlabs": ELEVENLABS_KEY, "plain": PLAIN_KEY}
VOICE = "JBFqnCBsd6RMkjVDRZzb"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in a home of its own with a profile `acme`; gives exit code, output and errors."""
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    for name in ("REELFLOW_GEMINI_API_KEY", "REELFLOW_ELEVENLABS_API_KEY", "REELFLOW_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        monkeypatch.setattr("sys.argv", ["reelflow", *arguments])
        code = cli.run_command(list(arguments))
        output = capsys.readouterr()
        assert not any(key in output.out + output.err for key in KEYS.values())
        return code, output.out, output.err

    assert run("profile", "add", "Acme")[0] == 0
    return run


def shown(command: Command, slug: str = "acme") -> dict[str, Any]:
    code, out, _ = command("profile", "show", slug, "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(out)
    return document


def test_a_key_is_piped_in_and_its_presence_is_shown(command: Command, tmp_path: Path) -> None:
    assert shown(command)["keys"] == {"gemini": None, "elevenlabs": None}

    code, out, _ = command(
        "profile", "set-key", "elevenlabs", "--profile", "acme", stdin=ELEVENLABS_KEY + "\n"
    )

    assert (code, "Acme has a key for ElevenLabs now" in out) == (0, True)
    assert shown(command)["keys"] == {"gemini": None, "elevenlabs": "profile"}
    text = command("profile", "show")[1]
    assert "gemini: no, elevenlabs: yes (its own)" in text
    assert hunt(tmp_path / "home", KEYS) == []


def test_a_key_is_typed_at_a_hidden_prompt(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[dict[str, Any]] = []

    def prompt(text: str, **options: Any) -> str:
        prompts.append({"text": text, **options})
        return GEMINI_KEY

    monkeypatch.setattr("ui.commands.keys._is_a_person_there", lambda: True)
    monkeypatch.setattr("typer.prompt", prompt)

    assert command("profile", "set-key", "gemini")[0] == 0
    assert prompts == [{"text": "Gemini key of Acme (not shown)", "hide_input": True, "err": True}]
    assert shown(command)["keys"]["gemini"] == "profile"


@pytest.mark.parametrize("key", [GEMINI_KEY, PLAIN_KEY])
def test_a_key_on_the_command_line_is_refused_and_not_repeated(
    command: Command, tmp_path: Path, key: str
) -> None:
    code, _, err = command("profile", "set-key", "gemini", key)

    assert code == 2
    assert "never given on the command line" in err
    assert shown(command)["keys"]["gemini"] is None
    assert hunt(tmp_path / "home", KEYS) == []


@pytest.mark.parametrize(
    ("stdin", "sentence"),
    [
        ("", "no key on standard input"),
        ("  \n", "no key on standard input"),
        ("two words", "can't be a Gemini key"),
    ],
)
def test_what_is_no_key_is_refused(command: Command, stdin: str, sentence: str) -> None:
    code, out, err = command("profile", "set-key", "gemini", "--json", stdin=stdin)

    assert code == 2
    assert sentence in err
    assert json.loads(out)["error"]["kind"] == "bad_input"


def test_an_unknown_provider_or_profile_is_refused(command: Command) -> None:
    assert command("profile", "set-key", "openai", stdin=GEMINI_KEY)[0] == 2
    assert command("profile", "set-key", "gemini", "--profile", "nobody", stdin=GEMINI_KEY)[0] == 3


def test_a_removed_key_is_gone_and_the_installation_s_takes_over(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("profile", "set-key", "gemini", stdin=GEMINI_KEY)
    monkeypatch.setenv("REELFLOW_GEMINI_API_KEY", PLAIN_KEY)

    code, out, _ = command("profile", "remove-key", "gemini")

    assert (code, "Calls now use the installation's." in out) == (0, True)
    assert shown(command)["keys"]["gemini"] == "installation"
    assert command("profile", "remove-key", "gemini")[0] == 3


def test_secrets_are_rotated(command: Command, tmp_path: Path) -> None:
    command("profile", "set-key", "gemini", stdin=GEMINI_KEY)
    before = (tmp_path / "home" / "secret.key").read_text()

    assert json.loads(command("profile", "rotate-secrets", "--json")[1]) == {"sealed": 1}

    assert (tmp_path / "home" / "secret.key").read_text() != before


def test_a_fault_of_ours_keeps_keys_out_of_its_log(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a fault on the way of a key into the database
    def fail(*arguments: Any, **_: Any) -> None:
        logging.getLogger("reelflow").error("could not store %s", arguments)
        raise RuntimeError(f"could not store {GEMINI_KEY} nor {PLAIN_KEY}")

    command("profile", "set-key", "elevenlabs", stdin=PLAIN_KEY)
    monkeypatch.setattr("models.secrets.set_key", fail)
    # when it happens, then it is told and kept without them
    code, _, err = command("profile", "set-key", "gemini", stdin=GEMINI_KEY)
    assert code == 1
    assert "could not store *** nor ***" in err
    assert "could not store *** nor ***" in (tmp_path / "home" / "faults.log").read_text()
    assert hunt(tmp_path / "home", KEYS) == []


# ------------------------------------------------------------------ profile set


def test_providers_are_chosen_and_shown(command: Command) -> None:
    code, out, _ = command(
        *("profile", "set", "acme", "--analyser", "gemini", "--gemini-model", "gemini-2.5-flash-lite"),
        *("--voice-provider", "elevenlabs", "--voice", VOICE, "--speed", "0.9", "--fallback", "offline"),
    )

    assert code == 0
    assert "gemini, gemini-2.5-flash-lite through google-genai" in out
    providers = shown(command)["providers"]
    assert (providers["analyser"], providers["voice"], providers["fallback"]) == (
        "gemini",
        "elevenlabs",
        "offline",
    )
    assert (providers["elevenlabs"]["voice_id"], providers["elevenlabs"]["speed"]) == (VOICE, 0.9)

    command("profile", "set", "acme", "--voice-provider", "offline", "--voice", "de", "--fallback", "none")

    after = shown(command)
    assert (after["voice"], after["providers"]["voice"]) == ("de", "offline")
    assert after["providers"]["elevenlabs"]["voice_id"] == VOICE  # kept for the next time
    assert after["providers"]["analyser"] == "gemini"


@pytest.mark.parametrize(
    ("asked", "shown_as"),
    [
        ("on", "pauses       over 0.25 s are shortened to 0.1 s"),
        ("0.4:0.15", "pauses       over 0.4 s are shortened to 0.15 s"),
        ("off", "pauses       as they are spoken"),
    ],
)
def test_pauses_are_shortened_as_asked(command: Command, asked: str, shown_as: str) -> None:
    assert command("profile", "set", "acme", "--trim-pauses", "1:0.5")[0] == 0

    assert command("profile", "set", "acme", "--trim-pauses", asked)[0] == 0

    assert shown_as in command("profile", "show")[1].splitlines()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--voice-provider", "elevenlabs"], "give its id with --voice"),
        (["--speed", "1.1"], "Only ElevenLabs voices have that"),
        (["--voice-provider", "elevenlabs", "--voice", VOICE, "--speed", "3"], "less than or equal to 1.2"),
        (["--gemini-model", "gemini-1.0-nano"], "choose one of gemini-2.5-flash,"),
        (["--voice-provider", "elevenlabs", "--voice", VOICE, "--voice-model", "v9"], "eleven_v3"),
        (["--voice-provider", "elevenlabs", "--voice", VOICE, "--concurrency", "0"], "concurrency"),
        (
            ["--voice-provider", "elevenlabs", "--voice", VOICE, "--characters-per-request", "100"],
            "characters_per_request",
        ),
        (["--concurrency", "2"], "Only ElevenLabs voices have that"),
        (["--trim-pauses", "a lot"], "neither on, off nor two lengths"),
        (["--trim-pauses", "0.25"], "neither on, off nor two lengths"),
        (["--trim-pauses", "0.1:0.3"], "can't be shortened"),
        (["--analyser", "chatgpt"], "chatgpt"),
        ([], "Say what to change"),
    ],
)
def test_choices_that_can_t_be_made_change_nothing(
    command: Command, options: list[str], sentence: str
) -> None:
    before = shown(command)

    code, _, err = command("profile", "set", "acme", *options)

    assert code == 2
    assert sentence in err
    assert shown(command) == before


# ------------------------------------------------------------------ doctor


@pytest.fixture
def quick_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is of interest here."""
    from tasks.media.doctor import Finding

    for name in ("examine_ffmpeg", "_voice", "examine_font"):
        monkeypatch.setattr(f"ui.checkup.{name}", lambda name=name: Finding(name, True, ""))


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_tries_keys_that_are_set_or_needed(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def key_checks() -> dict[str, tuple[bool, str]]:
        checks = json.loads(command("doctor", "--json")[1])["checks"]
        return {
            check["name"]: (check["passed"], check["detail"]) for check in checks if " key " in check["name"]
        }

    with (
        FakeGemini(keys=(GEMINI_KEY,)) as gemini,
        FakeElevenLabs(keys=("sk_another",)) as elevenlabs,
    ):
        monkeypatch.setenv("REELFLOW_GEMINI_BASE_URL", gemini.base_url)
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", elevenlabs.base_url)
        # offline and without keys: nothing to try
        assert key_checks() == {}
        assert gemini.seen == []
        # one that is needed and missing, one that is set and wrong
        command("profile", "set", "acme", "--analyser", "gemini")
        command("profile", "set-key", "elevenlabs", stdin=ELEVENLABS_KEY)
        found = key_checks()
        assert found.keys() == {"Gemini key of acme", "ElevenLabs key of acme"}
        assert not found["Gemini key of acme"][0]
        assert "reelflow profile set-key gemini --profile acme" in found["Gemini key of acme"][1]
        assert not found["ElevenLabs key of acme"][0]
        assert found["ElevenLabs key of acme"][1].startswith("refused (401)")
        # and the right one
        command("profile", "set-key", "gemini", stdin=GEMINI_KEY)
        assert key_checks()["Gemini key of acme"][0]
        assert gemini.bill == []
        assert elevenlabs.bill == []


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_says_that_the_key_file_is_open_to_others(command: Command, tmp_path: Path) -> None:
    command("profile", "set-key", "gemini", stdin=GEMINI_KEY)
    (tmp_path / "home" / "secret.key").chmod(0o644)

    code, out, _ = command("doctor")

    assert code == 1
    assert "chmod 600" in out
