"""The budget guard against a model of it: any order of calls, crashes and months, two profiles far apart."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from models.budget import LIFETIME_S, Purpose, budget_state, month_of, reserve, run_state, set_budget
from models.costs import check_ledger
from models.errors import BudgetRefused, Fault
from models.ledger import ReservationState as State
from models.profile import Profile
from models.profiles import create_profile
from models.run import Run
from models.session import open_database
from models.settings import Settings
from models.settlement import adjust, expire_reservations, mark_sent, release, settle

LIFETIME = timedelta(seconds=LIFETIME_S)
ZONES = ("Pacific/Kiritimati", "America/Los_Angeles")  # UTC+14 and UTC-8: 22 hours apart
LIMIT, RUN_LIMIT = 100, 120
AMOUNTS = st.integers(0, 60)


@dataclass
class Held:
    """What the model knows of one reservation."""

    key: str
    shop: int
    month: str
    amount: int
    expires_at: datetime
    in_run: bool
    state: State = State.HELD
    booked: int = 0

    @property
    def reserved(self) -> int:
        return self.amount if self.state in (State.HELD, State.SENT) else 0


class BudgetMachine(RuleBasedStateMachine):
    """Two shops; the clock moves by hours across the end of a month and of a year."""

    held = Bundle("held")
    empty_database: Path

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        shutil.copyfile(self.empty_database, home / "reelflow.db")
        self.database = self.stack.enter_context(open_database(Settings(home=home)))
        self.now = datetime(2026, 12, 31, 6, tzinfo=UTC)
        self.shops = [create_profile(self.database, zone, timezone=zone) for zone in ZONES]
        self.runs = [uuid4() for _ in ZONES]
        self.limits: dict[tuple[int, str], int] = {}
        self.budgets = [LIMIT, LIMIT]
        self.all: list[Held] = []
        for index, shop in enumerate(self.shops):
            set_budget(self.database, shop.id, LIMIT, at=self.now)
            with self.database.profile_session(shop.id) as session:
                session.add(
                    Run(profile_id=shop.id, id=self.runs[index], kind="k", max_cost_micro_usd=RUN_LIMIT)
                )

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def _month(self, shop: int) -> str:
        return month_of(self.shops[shop], self.now)

    def _sums(self, shop: int, month: str) -> tuple[int, int]:
        own = [held for held in self.all if (held.shop, held.month) == (shop, month)]
        return sum(held.booked for held in own), sum(held.reserved for held in own)

    def _run_total(self, shop: int) -> int:
        return sum(held.booked + held.reserved for held in self.all if held.shop == shop and held.in_run)

    def _expire(self, shop: int) -> None:
        for held in self.all:
            if held.shop == shop and held.expires_at <= self.now:
                if held.state is State.HELD:
                    held.state = State.RELEASED
                elif held.state is State.SENT:
                    held.state, held.booked = State.ESTIMATED, held.amount

    @rule(target=held, shop=st.sampled_from([0, 1]), amount=AMOUNTS, in_run=st.booleans())
    def reserves(self, shop: int, amount: int, in_run: bool) -> object:
        key, month = f"k{len(self.all)}", self._month(shop)
        before = [(held.state, held.booked) for held in self.all]
        self._expire(shop)
        limit = self.limits.get((shop, month), self.budgets[shop])
        spent, reserved = self._sums(shop, month)
        fits = spent + reserved + amount <= limit
        if in_run:
            fits = fits and self._run_total(shop) + amount <= RUN_LIMIT
        purpose = Purpose(key, "gemini", "m", "analysis", run_id=self.runs[shop] if in_run else None)
        try:
            with self.database.profile_session(self.shops[shop].id) as session:
                row = reserve(session, key, amount, purpose, at=self.now)
        except BudgetRefused:
            assert not fits
            for held, (state, booked) in zip(self.all, before, strict=True):
                held.state, held.booked = state, booked  # a refusal changes nothing at all
            return multiple()
        assert fits
        assert row.month == month
        self.limits.setdefault((shop, month), limit)
        self.all.append(Held(key, shop, month, amount, self.now + LIFETIME, in_run))
        return self.all[-1]

    @rule(held=held)
    def sends(self, held: Held) -> None:
        if self._tries(held, lambda session: mark_sent(session, held.key), allowed=[State.HELD]):
            held.state = State.SENT

    @rule(held=held, actual=AMOUNTS)
    def settles(self, held: Held, actual: int) -> None:
        allowed = [state for state in State if state is not State.SETTLED or held.booked == actual]
        if self._tries(held, lambda session: settle(session, held.key, actual, units={}), allowed=allowed):
            held.state, held.booked = State.SETTLED, actual

    @rule(held=held)
    def releases(self, held: Held) -> None:
        allowed = [State.HELD, State.SENT, State.RELEASED]
        if self._tries(held, lambda session: release(session, held.key), allowed=allowed):
            held.state = State.RELEASED

    @rule(held=held, actual=AMOUNTS)
    def adjusts(self, held: Held, actual: int) -> None:
        allowed = [State.SETTLED, State.RELEASED, State.ESTIMATED]
        if self._tries(held, lambda session: adjust(session, held.key, actual, units={}), allowed=allowed):
            held.state, held.booked = State.SETTLED, actual

    def _tries(self, held: Held, action: object, *, allowed: list[State]) -> bool:
        try:
            with self.database.profile_session(self.shops[held.shop].id) as session:
                action(session)  # type: ignore[operator]
        except Fault:
            assert held.state not in allowed
            return False
        assert held.state in allowed
        return True

    @rule(shop=st.sampled_from([0, 1]))
    def cleans_up(self, shop: int) -> None:
        with self.database.profile_session(self.shops[shop].id) as session:
            expire_reservations(session, self.now)
        self._expire(shop)

    @rule(minutes=st.sampled_from([5, 31, 240, 600]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(shop=st.sampled_from([0, 1]), limit=st.integers(0, 150))
    def changes_the_budget(self, shop: int, limit: int) -> None:
        month = set_budget(self.database, self.shops[shop].id, limit, at=self.now)
        self.budgets[shop] = limit
        for key in self.limits:
            if key[0] == shop and key[1] >= month:
                self.limits[key] = limit

    @invariant()
    def counters_equal_the_model_and_the_ledger(self) -> None:
        for index, shop in enumerate(getattr(self, "shops", [])):
            with self.database.profile_session(shop.id, read_only=True) as session:
                assert check_ledger(session) == []
                for month in {held.month for held in self.all if held.shop == index}:
                    state = budget_state(session, month)
                    assert (state.spent_micro_usd, state.reserved_micro_usd) == self._sums(index, month)
                    assert state.limit_micro_usd == self.limits[index, month]
                run = run_state(session, self.runs[index])
                assert run.spent_micro_usd + run.reserved_micro_usd == self._run_total(index)


@pytest.mark.slow
def test_any_order_of_events(empty_database: Path) -> None:
    BudgetMachine.empty_database = empty_database
    run_state_machine_as_test(
        BudgetMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_zones_of_the_machine_are_in_different_months() -> None:
    # given noon in between, the two shops are in different months: what the machine is for
    at = datetime(2026, 12, 31, 12, tzinfo=UTC)
    months = [month_of(Profile(id=UUID(int=1), slug="s", name="S", timezone=zone), at) for zone in ZONES]
    assert months == ["2027-01", "2026-12"]
