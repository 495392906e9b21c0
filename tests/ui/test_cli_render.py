"""`reelflow clip render`: a new script for a clip that is there, and what is not made twice."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from models.clip import Clip, Export
from models.edit import Edit
from models.voice import VoiceOver
from tasks.media.probe import probe
from tests.program import Reelflow, files_in
from tests.ui.conftest import Made

pytestmark = pytest.mark.slow

SHORT = "Tea."
LONG = "Slow down. Meadow tea comes from quiet green hills, picked by hand and packed the same day."


def stored(reelflow: Reelflow, clip_id: str) -> tuple[Edit, list[VoiceOver], list[Export]]:
    storage = reelflow.storage()
    with reelflow.database() as database, database.profile_session(storage.profile_id) as session:
        edit = Edit.model_validate(session.require(Clip, clip_id).edit)
        voices = session.exec(select(VoiceOver)).all()
        exports = session.exec(select(Export).where(Export.clip_id == UUID(clip_id))).all()
        return edit, list(voices), list(exports)


def test_scripts_come_and_go_and_nothing_is_made_twice(
    made: Made, copy: Reelflow, tmp_path: Path
) -> None:  # pitfalls 13, 21, 42, 67
    clip_id = made.document["clips"][0]["clip_id"]
    other_id = made.document["clips"][1]["clip_id"]
    draft = Path(copy.storage().path(copy.storage().key_for("drafts", UUID(clip_id), ".mp4")))
    first_draft = draft.read_bytes()
    (tmp_path / "script.txt").write_text(LONG, encoding="utf-8")

    def render(*options: object) -> dict[str, Any]:
        ended = copy.call("clip", "render", clip_id, "--preset", "square", "--json", *options)
        assert ended.code == 0, ended.err
        assert set(ended.document) >= {"run_id", "profile_id", "warnings", "clip"}
        clip: dict[str, Any] = ended.document["clip"]
        return clip

    # When the script is longer than the clip was, the picture is stretched to the voice
    longer = render("--script-file", tmp_path / "script.txt", "--out", tmp_path / "out")
    edit, voices, _ = stored(copy, clip_id)
    picture_s = probe(Path(longer["exports"][0]["path"])).duration_s
    (voice,) = voices
    assert voice.duration_s > 4.0
    assert 0 <= picture_s - (edit.voice.start_s + voice.duration_s) <= 0.5
    assert picture_s == pytest.approx(longer["duration_s"], abs=0.05)
    assert longer["script"] == LONG
    assert (edit.script, edit.voice.voice_over_id) == (LONG, voice.id)
    assert files_in(tmp_path / "out") == [
        f"spring-tea-100-v1-square{end}" for end in (".manifest.json", ".mp4", ".srt", ".vtt")
    ]
    long_draft = draft.read_bytes()
    assert long_draft != first_draft
    assert probe(draft).duration_s == pytest.approx(picture_s, abs=0.1)

    # When the same script is given again, nothing is spoken, cut or rendered
    export_file = copy.storage().path(
        copy.storage().key_for("exports", UUID(longer["exports"][0]["export_id"]), ".mp4")
    )
    written_at = export_file.stat().st_mtime_ns
    again = render("--script", LONG)
    assert again["exports"][0]["export_id"] == longer["exports"][0]["export_id"]
    assert export_file.stat().st_mtime_ns == written_at
    assert draft.read_bytes() == long_draft
    assert len(stored(copy, clip_id)[1]) == 1
    codes = [
        event["code"] for event in copy.call("runs", "--limit", 1, "--json").document["runs"][0]["events"]
    ]
    assert codes == ["voice_reused", "export_reused"]

    # When a short one follows, the picture is trimmed to it and the draft follows
    shorter = render("--script", SHORT)
    edit, voices, exports = stored(copy, clip_id)
    picture_s = probe(Path(shorter["exports"][0]["path"])).duration_s
    assert len(voices) == 2
    assert edit.voice.duration_s < 1.5
    assert 0 <= picture_s - (edit.voice.start_s + edit.voice.duration_s) <= 0.5
    assert draft.read_bytes() != long_draft
    assert shorter["exports"][0]["export_id"] != longer["exports"][0]["export_id"]
    assert len(exports) == 4, "earlier finals stay: the first two, the long one, the short one"

    # And the clip beside it is untouched
    assert stored(copy, other_id)[0].voice is None


def test_rendering_as_it_is_finds_what_was_made(made: Made, copy: Reelflow) -> None:
    clip = made.document["clips"][1]
    before = copy.library()

    ended = copy.call("clip", "render", clip["clip_id"], "--preset", "feed", "--preset", "square", "--json")

    assert ended.code == 0, ended.err
    found = [export["export_id"] for export in ended.document["clip"]["exports"]]
    assert found == [export["export_id"] for export in reversed(clip["exports"])]
    assert copy.library() == before
    assert copy.work_dirs() == []


def test_a_final_whose_file_was_lost_is_rendered_again(made: Made, copy: Reelflow) -> None:
    clip = made.document["clips"][0]
    lost = clip["exports"][0]["export_id"]
    storage = copy.storage()
    assert storage.remove(storage.key_for("exports", UUID(lost), ".mp4"))

    ended = copy.call("clip", "render", clip["clip_id"], "--preset", "square", "--json")

    assert ended.code == 0, ended.err
    (export,) = ended.document["clip"]["exports"]
    assert export["export_id"] != lost
    assert Path(export["path"]).is_file()
    assert {row.preset for row in stored(copy, clip["clip_id"])[2]} == {"square", "feed"}
    assert len(stored(copy, clip["clip_id"])[2]) == 2
