"""Finals go out in one archive with all that belongs to them."""

import json
import zipfile

import opentimelineio as otio
import pytest

from models.errors import NotFound
from models.profiles import create_profile
from models.run import Run
from tests.flows.conftest import TeaProject
from tests.flows.panel_flows import events, look

pytestmark = pytest.mark.slow


def test_finals_are_rendered_once_and_packed_with_what_belongs_to_them(tea: TeaProject) -> None:
    from flows.export_clips import export_clips

    # given a project with a name that no file can have, and one clip that has its final
    first = export_clips(tea.profile_id, tea.clip_ids[:1], ["square"])
    # when both clips are exported
    done = export_clips(tea.profile_id, tea.clip_ids, ["square", "square"])
    # then what was there is reused
    told = events(tea.reelflow, tea.profile_id, done.run_id)
    assert done.export_ids[0] == first.export_ids[0]
    assert told["export_reused"].numbers == {"export_id": str(first.export_ids[0])}
    assert told["delivery_ready"].numbers == {
        "key": done.delivery_key,
        "name": "Spring [tea] 100%.zip",
        "bytes": done.delivery_bytes,
        "files": 8,
    }
    # and the archive has each final with its manifest, and lists of each edit that say the same
    stems = [f"Spring [tea] 100% - v{number}" for number in (1, 2)]
    ends = (" - square.mp4", " - square.manifest.json", ".edl", ".otio")
    with zipfile.ZipFile(tea.reelflow.storage("meadow").path(done.delivery_key)) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert sorted(archive.namelist()) == sorted(f"{stem}{end}" for stem in stems for end in ends)
        for stem in stems:
            manifest = json.loads(archive.read(f"{stem} - square.manifest.json"))
            timeline = otio.adapters.read_from_string(archive.read(f"{stem}.otio").decode(), "otio_json")
            assert timeline.duration().to_seconds() == pytest.approx(2.0)
            listed = archive.read(f"{stem}.edl").decode().count("FROM CLIP NAME: tea.mp4")
            assert listed == len(manifest["edit"]["cuts"])
    run = look(tea.reelflow, tea.profile_id, lambda s: s.require(Run, done.run_id))
    assert (run.title, run.project_id) == ("export 2 clips as square", tea.project_id)
    assert tea.reelflow.work_dirs() == []


def test_another_profiles_clips_are_not_exported(tea: TeaProject) -> None:  # pitfall 18
    from flows.export_clips import export_clips

    with tea.reelflow.database() as database:
        rival_id = create_profile(database, "Rival").id

    with pytest.raises(NotFound, match="clip"):
        export_clips(rival_id, tea.clip_ids)

    assert [name for name in tea.reelflow.library() if "/deliveries/" in name] == []
