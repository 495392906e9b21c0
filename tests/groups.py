"""Which tests stay together when several processes test: a file's, and those that share a costly set-up.

pytest-xdist 3.8 has groups of its own (`xdist_group`), but with pytest 9.2 it hands out single tests
whatever they say: it writes the group into `_nodeid`, which pytest reads no longer. So each fixture of a
module was made in every process. Here the group follows from the file's path alone.
"""

from xdist.scheduler import LoadScopeScheduling

#: Beginnings of the files of a group; those that take longest come first. With one of them at the end, the
#: other processes would wait for it.
LONGEST_FIRST: tuple[tuple[str, ...], ...] = (
    ("tests/ui/browser/",),
    ("tests/ui/panel/",),
    # They share one finished `reelflow make`.
    (
        "tests/ui/test_cli_make.py",
        "tests/ui/test_cli_footage.py",
        "tests/ui/test_cli_render.py",
        "tests/ui/test_cli_things.py",
    ),
    ("tests/flows/test_providers_end_to_end.py",),
    ("tests/ui/test_up.py",),
    ("tests/flows/test_worker_runs.py",),
    ("tests/ui/test_cli_at_once.py",),
    ("tests/tasks/media/test_timeline.py",),
    ("tests/tasks/media/test_picture.py",),
    ("tests/flows/test_make_reels.py",),
    ("tests/flows/test_own_speech_end_to_end.py",),
    ("tests/ui/test_cli_stopping.py",),
    # They share a project with two clips.
    (
        "tests/flows/test_export_clips.py",
        "tests/flows/test_more_clips.py",
        "tests/flows/test_recut_drafts.py",
    ),
    ("tests/tasks/media/test_checks.py",),
    ("tests/flows/test_embedded_server.py",),
    ("tests/flows/test_brand_on_reels.py",),
)


def rank_of(nodeid: str) -> int:
    """When a test's turn comes: its group's place in the list, or after all of them."""
    for rank, beginnings in enumerate(LONGEST_FIRST):
        if nodeid.startswith(beginnings):
            return rank
    return len(LONGEST_FIRST)


def group_of(nodeid: str) -> str:
    """Name of the group that a test is in."""
    rank = rank_of(nodeid)
    return LONGEST_FIRST[rank][0] if rank < len(LONGEST_FIRST) else nodeid.partition("::")[0]


class GroupScheduling(LoadScopeScheduling):
    """Hands out whole groups, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
