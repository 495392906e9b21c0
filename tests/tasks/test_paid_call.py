"""Paying once: what is there is not bought again, and nothing is sent without budget."""

import pytest
from sqlmodel import select

from models.budget import BudgetState, set_budget
from models.errors import BudgetRefused
from models.ledger import CostEntry, EntryKind
from models.profiles import create_profile
from tests.tasks.books import F, lines, state, states
from tests.tasks.paying import COST, ESTIMATE, Shop


def test_bought_once_and_reused_ever_after(shop: Shop) -> None:
    # pitfall 67
    first, second = shop.pay(F), shop.pay(F)

    assert (first.is_reused, first.cost_micro_usd) == (False, COST)
    assert (second.is_reused, second.cost_micro_usd) == (True, 0)
    assert second.artefact.id == first.artefact.id
    assert shop.bills(F) == 1
    assert lines(shop) == [(EntryKind.CHARGE, COST)]
    assert state(shop) == BudgetState(COST, 0, 10_000)


def test_the_line_says_what_was_used_and_at_which_price(shop: Shop) -> None:
    shop.pay(F)

    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        entry = session.exec(select(CostEntry)).one()
    assert (entry.provider, entry.model, entry.operation, entry.price_id) == (
        "elevenlabs",
        "m",
        "speech",
        "p",
    )
    assert entry.units == {"characters": 64}


def test_another_profile_pays_for_itself(shop: Shop) -> None:
    # pitfall 27
    shop.pay(F)
    other = Shop(shop.database, create_profile(shop.database, "Cups").id)

    assert other.pay(F).is_reused is False
    assert (lines(shop), lines(other)) == ([(EntryKind.CHARGE, COST)], [(EntryKind.CHARGE, COST)])


def test_without_budget_nothing_is_sent(shop: Shop) -> None:
    # pitfall 68
    set_budget(shop.database, shop.profile_id, ESTIMATE - 1)

    with pytest.raises(BudgetRefused, match=r"Mugs's budget for .* is <\$0\.0001"):
        shop.pay(F)

    assert (shop.bills(F), states(shop)) == (0, [])
    set_budget(shop.database, shop.profile_id, ESTIMATE)
    shop.pay(F)
    set_budget(shop.database, shop.profile_id, 0)
    assert shop.pay(F).is_reused is True  # what is there needs no budget
