"""Every error Reelflow raises on purpose.

The tree decides three things in one place: what a person is told, which exit code a command ends
with, and whether trying again can help.

    ReelflowError
    ├── BadInput                 the request can't be carried out as it stands (exit 2)
    │   ├── UnusableFootage      a file that can't be made into reels, with the reason
    │   └── MissingKey           no key for the provider, with the way to set one
    ├── Forbidden                the person's role in the profile does not include it (exit 2)
    ├── NotFound                 missing, or another profile's: the same answer (exit 3)
    ├── BudgetRefused            the month's budget, or the run's, does not allow the call (exit 4)
    ├── PaymentUnderWay          the same thing is being paid for by somebody else (exit 1)
    ├── ProviderRefused          a provider said no, and will say no again (exit 5)
    │   ├── KeyRefused           no key, a wrong one, or one that may not do this
    │   ├── QuotaExhausted       the account at the provider has nothing left
    │   └── ContentBlocked       the provider does not process this content
    ├── ProviderUnavailable      a provider did not answer properly; worth another try (exit 5)
    │   └── ProviderBusy         too many calls at once on this key; wait for a turn
    │       └── NoFreeSlot       waited for a turn as long as is reasonable; not tried again
    └── Fault                    ours, or the machine's (exit 1)
        ├── MediaToolFailed      ffmpeg ended with an error
        ├── MediaToolTimedOut    ffmpeg did not end in time
        ├── QualityCheckFailed   a finished file did not pass its own checks
        ├── ScopeViolation       code reached for another profile's data
        ├── WorkDirBusy          another run holds the work dir
        └── RunStopped           the run was cancelled or its process is ending
"""

from functools import partial
from typing import Any, ClassVar


class ReelflowError(Exception):
    """Base of all deliberate errors; `str(error)` is a sentence for the user."""

    exit_code: ClassVar[int] = 1
    can_retry: ClassVar[bool] = False
    #: Raised by a call to a provider: it certainly charges nothing for it, beyond the error's `usage` if it
    #: has one. Unless that is certain, the call's estimate is booked, so that no cost is ever lost.
    never_billed: bool = False


class BadInput(ReelflowError):
    """The request can't be carried out as it stands; says what, why and what to do."""

    exit_code = 2
    never_billed = True


class UnusableFootage(BadInput):
    """A file that can't be made into reels.

    Args:
        name: The file as the user knows it.
        reason: Why, as the end of a sentence.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} can't be used: {reason}")
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[type["UnusableFootage"], tuple[str, str]]:
        return type(self), (self.name, self.reason)


class MissingKey(BadInput):
    """Neither the profile nor the installation has a key for the provider."""


class Forbidden(ReelflowError):
    """The person may look into the profile, but their role does not include this."""

    exit_code = 2
    never_billed = True


class NotFound(ReelflowError):
    """Missing, or another profile's; the two are told apart nowhere.

    Args:
        kind: The vocabulary's word, such as "clip".
        reference: What the user asked for: an id, slug or name.
    """

    exit_code = 3

    def __init__(self, kind: str, reference: object) -> None:
        super().__init__(f"There is no {kind} {str(reference)!r}.")
        self.kind = kind
        self.reference = str(reference)

    def __reduce__(self) -> tuple[type["NotFound"], tuple[str, str]]:
        return type(self), (self.kind, self.reference)


class BudgetRefused(ReelflowError):
    """The month's budget, or the run's own limit, does not allow the call; nothing was sent.

    Args:
        message: The sentence with the numbers.
        spent_micro_usd: Booked against the limit so far.
        reserved_micro_usd: Held by calls under way.
        limit_micro_usd: The limit that refused.
        needed_micro_usd: What the call may cost.
    """

    exit_code = 4
    never_billed = True

    def __init__(
        self,
        message: str,
        *,
        spent_micro_usd: int,
        reserved_micro_usd: int,
        limit_micro_usd: int,
        needed_micro_usd: int,
    ) -> None:
        super().__init__(message)
        self.spent_micro_usd = spent_micro_usd
        self.reserved_micro_usd = reserved_micro_usd
        self.limit_micro_usd = limit_micro_usd
        self.needed_micro_usd = needed_micro_usd

    def __reduce__(self) -> tuple[Any, ...]:
        numbers = {name: value for name, value in vars(self).items() if name.endswith("_micro_usd")}
        return partial(type(self), **numbers), self.args


class PaymentUnderWay(ReelflowError):
    """Somebody else is paying for the same thing right now; it will be there to reuse."""

    can_retry = True
    never_billed = True


class ProviderRefused(ReelflowError):
    """A provider said no for a reason that another try does not change.

    A refusal that is charged all the same, such as blocked content, is raised with `never_billed` false.

    Args:
        message: The sentence, with the next step.
        usage: What the provider says it has counted for the call so far (`tasks.providers.ports.Usage`);
            None when it said nothing.
    """

    exit_code = 5
    never_billed = True
    usage: Any = None

    def __init__(self, message: str, *, usage: Any = None) -> None:
        super().__init__(message)
        self.usage = usage


class KeyRefused(ProviderRefused):
    """There is no key, the provider does not know it, or it may not do this."""


class QuotaExhausted(ProviderRefused):
    """The account at the provider has nothing left until it is topped up or renewed."""


class ContentBlocked(ProviderRefused):
    """The provider does not process this content; it is charged all the same."""

    never_billed = False


class ProviderUnavailable(ReelflowError):
    """A provider did not answer properly; another try may succeed.

    Args:
        message: The sentence.
        retry_after_s: How long the provider asks to wait; None when it does not say.
        usage: As in `ProviderRefused`.
    """

    exit_code = 5
    can_retry = True
    usage: Any = None

    def __init__(self, message: str, *, retry_after_s: float | None = None, usage: Any = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.usage = usage


class ProviderBusy(ProviderUnavailable):
    """Too many calls at once on this key: wait for a turn instead of backing off."""

    never_billed = True


class NoFreeSlot(ProviderBusy):
    """The wait for a turn took too long; nothing was sent."""

    can_retry = False


class Fault(ReelflowError):
    """Something of ours, or of the machine, went wrong."""


class MediaToolFailed(Fault):
    """Ffmpeg (or another media process) ended with an error.

    Args:
        doing: What it was doing, as "rendering reels".
        exit_status: The process's exit status.
        log_tail: The last lines it wrote, for the run's log.
    """

    can_retry = True

    def __init__(self, doing: str, exit_status: int, log_tail: str) -> None:
        super().__init__(f"{doing} failed (exit status {exit_status}): {log_tail.strip()[-600:]}")
        self.doing = doing
        self.exit_status = exit_status
        self.log_tail = log_tail

    def __reduce__(self) -> tuple[type["MediaToolFailed"], tuple[str, int, str]]:
        return type(self), (self.doing, self.exit_status, self.log_tail)


class MediaToolTimedOut(Fault):
    """A media process did not end within its time limit and was stopped."""

    can_retry = True


class QualityCheckFailed(Fault):
    """A finished file did not pass its own checks, so it was not published."""


class ScopeViolation(Fault):
    """A statement or object that belongs, or may belong, to another profile."""


class WorkDirBusy(Fault):
    """Another live run holds the work dir."""


class RunStopped(Fault):
    """The run was cancelled, or its process is ending."""
