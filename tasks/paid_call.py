"""Paying once: find, reserve, send, store, settle, in an order that loses no cost wherever it breaks off.

    find ── there ──────────────────────────────────────────────────────▶ reused, $0
     │
    lock ─ find again ─ reserve ─ turn ─ mark sent ─ CALL ─ store ─ settle ▶ paid
                           │        │        │         │       │
        killed or failed:  held     held     sent      sent    sent, and stored
        ends as:           released          estimate  estimate, the next one finds it

Of one fingerprint, only one process of this machine pays at a time; who waited finds the result. Every
attempt is a reservation of its own. Only a provider that is busy is asked again in here, as long as the
queue allows: whoever waits for a turn keeps the lock, or two could wait for each other. Tasks decide about
all other further attempts.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from models.budget import LIFETIME_S, Purpose, next_attempt_key, reserve
from models.errors import PaymentUnderWay, ProviderBusy, ProviderRefused, ReelflowError
from models.session import ProfileSession
from models.settings import Settings
from models.settlement import mark_sent, release, settle
from tasks.providers.ports import Usage

AnswerT = TypeVar("AnswerT")
ArtefactT = TypeVar("ArtefactT")

#: How long to wait for somebody else who pays for the same thing; longer than any call's own time limit
#: with its wait in a queue.
WAIT_S = 1_500.0
_POLL_S = 0.1

#: Digits of a lock file's name: bought things share locks by chance, so that the files stay few.
_LOCK_NAME_LENGTH = 4


class Payer(Protocol):
    """Who pays: a run's context has all of it."""

    @property
    def profile_id(self) -> UUID:
        """Whose budget."""
        ...

    @property
    def settings(self) -> Settings:
        """The installation's."""
        ...

    def session(self) -> AbstractContextManager[ProfileSession]:
        """A transaction that may write."""
        ...


class Turn(Protocol):
    """How calls to a provider wait for each other: `tasks.provider_queue`."""

    def wait(self) -> None:
        """Returns when the call may go out, or raises that it took too long."""
        ...

    def again(self, busy: ProviderBusy) -> None:
        """Returns when a provider that was busy may be asked again, or raises that it took too long."""
        ...


@dataclass(frozen=True)
class Purchase(Generic[AnswerT, ArtefactT]):
    """One thing to be bought, and how."""

    purpose: Purpose
    """What it is; its fingerprint covers all inputs."""
    estimate_micro_usd: int
    """Most that the call is expected to cost."""
    find: Callable[[], ArtefactT | None]
    """Looks for the stored thing by its fingerprint."""
    call: Callable[[], AnswerT]
    """Asks the provider; its errors say by `never_billed` and `usage` what they cost."""
    usage: Callable[[AnswerT], Usage]
    """The provider's own numbers in an answer."""
    cost: Callable[[Usage], int]
    """Micro-USD for such numbers, by the price in `purpose.price_id`."""
    store: Callable[[AnswerT], ArtefactT]
    """Stores the answer for good: the file synced and renamed, then its row."""
    turn: Turn | None = None
    """The queue that the call waits in; None goes at once, and then a busy provider fails the purchase."""


@dataclass(frozen=True)
class Paid(Generic[ArtefactT]):
    """What came of it."""

    artefact: ArtefactT
    """The stored thing."""
    cost_micro_usd: int
    """What it cost now; 0 when reused."""
    is_reused: bool
    """It was there already, paid for earlier."""


def pay_once(
    payer: Payer,
    purchase: Purchase[AnswerT, ArtefactT],
    *,
    wait_s: float = WAIT_S,
    lifetime_s: float = LIFETIME_S,
) -> Paid[ArtefactT]:
    """Buys something unless it is there already.

    Args:
        payer: Whose budget pays.
        purchase: What and how.
        wait_s: Longest time to wait for somebody else who is paying for the same.
        lifetime_s: How long the reservation may stay open; longer than the call's own time limit with its
            wait in the queue.

    Raises:
        BudgetRefused: it does not fit the budget; nothing was sent.
        PaymentUnderWay: somebody else has been paying for the same all this time.
        ReelflowError: whatever `purchase.call` raises; its cost is seen to.
    """
    stored = purchase.find()
    if stored is None:
        with _alone(payer, purchase.purpose, wait_s):
            stored = purchase.find()
            if stored is None:
                return _pay_in_turn(payer, purchase, lifetime_s)
    return Paid(stored, cost_micro_usd=0, is_reused=True)


def _pay_in_turn(payer: Payer, purchase: Purchase[AnswerT, ArtefactT], lifetime_s: float) -> Paid[ArtefactT]:
    cost_so_far = 0
    while True:
        try:
            paid = _pay(payer, purchase, lifetime_s)
        except ProviderBusy as busy:
            if purchase.turn is None or not busy.can_retry:
                raise
            cost_so_far += purchase.cost(busy.usage) if busy.usage else 0
            purchase.turn.again(busy)
        else:
            return replace(paid, cost_micro_usd=paid.cost_micro_usd + cost_so_far)


def _pay(payer: Payer, purchase: Purchase[AnswerT, ArtefactT], lifetime_s: float) -> Paid[ArtefactT]:
    purpose = purchase.purpose
    with payer.session() as session:
        key = next_attempt_key(session, purpose.fingerprint)
        reserve(session, key, purchase.estimate_micro_usd, purpose, lifetime_s=lifetime_s)
    try:
        if purchase.turn:
            purchase.turn.wait()
        with payer.session() as session:
            mark_sent(session, key)
    except BaseException as error:  # nothing was sent, whether or not the mark was written
        _close(payer, purchase, key, Usage(), error)
        raise
    try:
        answer = purchase.call()
    except ReelflowError as error:
        used = _certain_usage(error)
        if used is not None:
            _close(payer, purchase, key, used, error)
        raise
    # Any other exception leaves the reservation sent: it may have been charged, so its estimate is booked.
    used = purchase.usage(answer)
    try:
        artefact = purchase.store(answer)
    except BaseException as error:
        _close(payer, purchase, key, used, error)
        raise
    cost = purchase.cost(used)
    with payer.session() as session:
        settle(session, key, cost, units=used.units())
    return Paid(artefact, cost_micro_usd=cost, is_reused=False)


def _certain_usage(error: ReelflowError) -> Usage | None:
    """All that a failed call is charged for; None when nobody can tell."""
    used: Usage | None = getattr(error, "usage", None)
    if error.never_billed:
        return used or Usage()
    # Refused with its numbers: the provider has answered, so they are all there is.
    return used if isinstance(error, ProviderRefused) else None


def _close(
    payer: Payer, purchase: Purchase[AnswerT, ArtefactT], key: str, used: Usage, error: BaseException
) -> None:
    """Ends the reservation of a call that failed with `error`; when it can't, expiry will."""
    try:
        cost = purchase.cost(used)
        with payer.session() as session:
            if cost:
                settle(session, key, cost, units=used.units())
            else:
                release(session, key)
    except (ReelflowError, SQLAlchemyError) as failure:
        error.add_note(f"The reservation {key} stays open until it expires: {failure}")


@contextlib.contextmanager
def _alone(payer: Payer, purpose: Purpose, wait_s: float) -> Iterator[None]:
    """Lets one process of this machine at a time pay for a fingerprint; a killed one lets go by itself."""
    folder = payer.settings.home_dir / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{payer.profile_id}/{purpose.fingerprint}".encode()).hexdigest()
    lock = FileLock(
        folder / f"paid-{name[:_LOCK_NAME_LENGTH]}.lock",
        timeout=wait_s,
        poll_interval=_POLL_S,
        thread_local=False,
    )
    try:
        lock.acquire()
    except Timeout:
        raise PaymentUnderWay(
            f"Another run has been paying for the same {purpose.operation} for {wait_s:.0f} s; "
            "try again when it is done."
        ) from None
    try:
        yield
    finally:
        lock.release()
