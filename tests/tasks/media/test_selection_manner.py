"""More like a clip: segments of its kind, in its order and its rhythm, but never its own pictures again."""

from dataclasses import replace
from uuid import UUID

import pytest

from tasks.media.selection import plan_variants
from tasks.media.selection_manner import Shot, learn_manner
from tasks.media.selection_model import Candidate, PlannedCut, overlap_share
from tests.tasks.media.selection_cases import segment

#: Three kinds of shots that take turns: hands, the product, its label.
KINDS = ("hands", "product", "label")


def kind(number: int) -> str:
    return KINDS[number % 3]


def candidates() -> list[Candidate]:
    return [segment(number, number * 4.0, number * 4.0 + 3.0) for number in range(36)]


def shot(candidate: Candidate, number: int) -> Shot:
    return Shot(
        segment_id=candidate.segment_id,
        footage_id=candidate.footage_id,
        start_s=candidate.start_s,
        end_s=candidate.end_s,
        tags=frozenset({kind(number)}),
        motion=float(number % 3),
        brightness=100.0 - number % 3,
    )


def shots() -> list[Shot]:
    return [shot(candidate, number) for number, candidate in enumerate(candidates())]


def cut(number: int, length_s: float) -> PlannedCut:
    source = candidates()[number]
    return PlannedCut(source.segment_id, source.footage_id, source.start_s, source.start_s + length_s)


def kinds_of(cuts: tuple[PlannedCut, ...]) -> list[str]:
    numbers = {candidate.segment_id: number for number, candidate in enumerate(candidates())}
    return [kind(numbers[cut.segment_id]) for cut in cuts if cut.segment_id]


LIKED = (cut(0, 1.5), cut(3, 2.5), cut(1, 1.5), cut(4, 2.5))  # hands, hands, product, product


def test_clips_like_another_have_its_kinds_of_shots_in_its_order() -> None:
    manner = learn_manner(LIKED, shots())

    plan = plan_variants(candidates(), variants=2, target_s=8.0, seed=1, elsewhere=[LIKED], manner=manner)

    assert plan.warnings == ()
    for variant in plan.variants:
        assert kinds_of(variant.cuts) == ["hands", "hands", "product", "product"]
        assert overlap_share(variant.cuts, LIKED) == 0, "other pictures than the liked clip's"


def test_without_a_manner_the_kinds_are_mixed() -> None:
    plan = plan_variants(candidates(), variants=2, target_s=8.0, seed=1, elsewhere=[LIKED])

    assert any("label" in kinds_of(variant.cuts) for variant in plan.variants)


def test_the_rhythm_follows_the_liked_clip() -> None:
    slow = (cut(0, 3.0), cut(1, 3.0), cut(2, 3.0))
    quick = tuple(cut(number, 1.0) for number in range(9))
    counts = []
    for liked in (slow, quick):
        plan = plan_variants(
            candidates(),
            variants=1,
            target_s=9.0,
            seed=1,
            elsewhere=[liked],
            manner=learn_manner(liked, shots()),
        )
        counts.append(len(plan.variants[0].cuts))

    assert counts[0] < counts[1] - 3


def test_equal_input_gives_an_equal_plan() -> None:
    # pitfall 65
    plans = [
        plan_variants(
            some, variants=2, target_s=8.0, seed=3, elsewhere=[LIKED], manner=learn_manner(LIKED, seen)
        )
        for some, seen in ((candidates(), shots()), (candidates()[::-1], shots()[::-1]))
    ]

    assert plans[0] == plans[1]


def test_likeness_is_from_nothing_to_all() -> None:
    manner = learn_manner(LIKED, shots())
    assert manner is not None

    for number, candidate in enumerate(candidates()):
        alike = manner.likeness[candidate.segment_id]
        assert len(alike) == len(LIKED)
        assert all(0 <= share <= 1 for share in alike)
        assert (max(alike) == 1) is (kind(number) in ("hands", "product"))


def test_without_tags_motion_and_brightness_tell() -> None:
    bare = [replace(one, tags=frozenset()) for one in shots()]
    manner = learn_manner(LIKED, bare)
    assert manner is not None

    hands, product, label = (manner.likeness[candidates()[number].segment_id][0] for number in (6, 7, 8))
    assert hands == 1
    assert hands > product > label


def test_a_segment_that_was_found_anew_is_recognised_by_its_time() -> None:
    # given a clip whose segments have other ids by now
    moved = tuple(replace(one, segment_id=UUID(int=n)) for n, one in enumerate(LIKED))

    assert learn_manner(moved, shots()) == learn_manner(LIKED, shots())


@pytest.mark.parametrize("known", [[], [shot(segment(99, 900, 903), 0)]])
def test_nothing_is_learnt_of_shots_that_are_gone(known: list[Shot]) -> None:
    assert learn_manner(LIKED, known) is None
