"""Work dirs: one owner while it lives, cleaned only when nobody holds them."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID, uuid4

import pytest

from models.errors import WorkDirBusy
from models.settings import Settings
from models.work_dir import clean_work_dirs, open_work_dir, remove_profile_work

OURS, THEIRS = UUID(int=1), UUID(int=2)

HOLD = """
import sys
from pathlib import Path
from uuid import UUID
from models.settings import Settings
from models.work_dir import open_work_dir
with open_work_dir(Settings(home=Path(sys.argv[1])), UUID(sys.argv[2]), UUID(sys.argv[3])) as work:
    (work.path / "half.mp4").write_bytes(b"x")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], UUID]]:
    """Another process that holds a work dir of ours."""
    run_id = uuid4()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home_dir), str(OURS), str(run_id)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process, run_id
        process.kill()


def test_a_work_dir_is_there_during_the_run_and_gone_after(settings: Settings) -> None:
    run_id = uuid4()
    with open_work_dir(settings, OURS, run_id) as work:
        assert work.path == settings.work_dir / str(OURS) / str(run_id)
        (work.path / "a").mkdir()
        (work.path / "a" / "b.mp4").write_bytes(b"x")
    assert not work.path.exists()

    with pytest.raises(ZeroDivisionError), open_work_dir(settings, OURS, run_id) as work:
        raise ZeroDivisionError
    assert not work.path.exists()


def test_a_kept_work_dir_stays_until_it_is_cleaned(settings: Settings) -> None:
    run_id = uuid4()
    with open_work_dir(settings, OURS, run_id, keep=True) as work:
        (work.path / "look.mp4").write_bytes(b"x")
    assert (work.path / "look.mp4").exists()

    with open_work_dir(settings, OURS, run_id, keep=True) as work:  # tried again: its files are still there
        assert (work.path / "look.mp4").exists()

    assert clean_work_dirs(settings, OURS) == [run_id]
    assert not work.path.exists()


def test_a_second_opener_is_turned_away(settings: Settings) -> None:
    # pitfalls 7, 14
    run_id = uuid4()
    with open_work_dir(settings, OURS, run_id) as work:
        (work.path / "mine.mp4").write_bytes(b"x")
        with pytest.raises(WorkDirBusy), open_work_dir(settings, OURS, run_id):
            pytest.fail("opened")
        assert (work.path / "mine.mp4").exists()
        with open_work_dir(settings, OURS, uuid4()), open_work_dir(settings, THEIRS, run_id):
            pass  # other runs and other profiles are not in the way


def test_cleaning_spares_live_runs_and_other_profiles(settings: Settings) -> None:
    # pitfalls 36, 38, 39
    live, dead, foreign = uuid4(), uuid4(), uuid4()
    for profile_id, run_id in ((OURS, dead), (THEIRS, foreign)):
        with open_work_dir(settings, profile_id, run_id, keep=True):
            pass
    stranger = settings.work_dir / str(OURS) / "notes"
    stranger.mkdir()
    with open_work_dir(settings, OURS, live) as work:
        (work.path / "half.mp4").write_bytes(b"x")

        assert clean_work_dirs(settings, OURS) == [dead]

        assert (work.path / "half.mp4").exists()
    assert stranger.exists()
    assert (settings.work_dir / str(THEIRS) / str(foreign)).exists()


def test_cleaning_where_nothing_ever_ran_makes_nothing(settings: Settings) -> None:
    assert clean_work_dirs(settings, OURS) == []
    assert remove_profile_work(settings, OURS) == []
    assert not settings.work_dir.exists()


def test_another_process_is_respected_until_it_is_killed(
    settings: Settings, holder: tuple[subprocess.Popen[str], UUID]
) -> None:
    # pitfalls 2, 3
    process, run_id = holder
    path = settings.work_dir / str(OURS) / str(run_id)

    assert clean_work_dirs(settings, OURS) == []
    assert remove_profile_work(settings, OURS) == []
    with pytest.raises(WorkDirBusy), open_work_dir(settings, OURS, run_id):
        pytest.fail("opened")
    assert (path / "half.mp4").exists()

    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)

    assert path.exists()
    assert clean_work_dirs(settings, OURS) == [run_id]
    assert not path.exists()


def test_a_half_removed_work_dir_is_finished_off(settings: Settings) -> None:
    left = settings.work_dir / str(OURS) / f".removing-{uuid4()}"
    left.mkdir(parents=True)
    (left / "big.mp4").write_bytes(b"x")

    assert clean_work_dirs(settings, OURS) == []
    assert not left.exists()


def test_runs_that_come_and_go_never_meet_the_cleaner(settings: Settings) -> None:
    # pitfall 38
    failures: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            for _ in range(15):
                with open_work_dir(settings, OURS, uuid4()) as mine:
                    (mine.path / "a.mp4").write_bytes(b"x")
                    assert (mine.path / "a.mp4").read_bytes() == b"x"
        except BaseException as error:
            failures.append(error)

    def clean() -> None:
        while not done.is_set():
            assert clean_work_dirs(settings, OURS) == []

    workers = [threading.Thread(target=work) for _ in range(3)]
    cleaner = threading.Thread(target=clean)
    with ExitStack() as stack:
        stack.callback(cleaner.join)
        stack.callback(done.set)
        for thread in (*workers, cleaner):
            thread.start()
        for thread in workers:
            thread.join()

    assert failures == []
