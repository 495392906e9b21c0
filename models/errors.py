"""Every error Reelflow raises on purpose.

The tree decides three things in one place: what a person is told, which exit code a command ends
with, and whether trying again can help.

    ReelflowError
    ├── BadInput                 the request can't be carried out as it stands (exit 2)
    │   └── UnusableFootage      a file that can't be made into reels, with the reason
    ├── NotFound                 missing, or another profile's: the same answer (exit 3)
    ├── BudgetRefused            the month's budget does not allow the call (exit 4)
    ├── ProviderRefused          a provider said no, and will say no again (exit 5)
    ├── ProviderUnavailable      a provider did not answer properly; worth another try (exit 5)
    └── Fault                    ours, or the machine's (exit 1)
        ├── MediaToolFailed      ffmpeg ended with an error
        ├── MediaToolTimedOut    ffmpeg did not end in time
        ├── QualityCheckFailed   a finished file did not pass its own checks
        ├── ScopeViolation       code reached for another profile's data
        ├── WorkDirBusy          another run holds the work dir
        └── RunStopped           the run was cancelled or its process is ending
"""

from typing import ClassVar


class ReelflowError(Exception):
    """Base of all deliberate errors; `str(error)` is a sentence for the user."""

    exit_code: ClassVar[int] = 1
    can_retry: ClassVar[bool] = False


class BadInput(ReelflowError):
    """The request can't be carried out as it stands; says what, why and what to do."""

    exit_code = 2


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
    """The profile's budget does not allow the call."""

    exit_code = 4


class ProviderRefused(ReelflowError):
    """A provider said no for a reason that another try does not change."""

    exit_code = 5


class ProviderUnavailable(ReelflowError):
    """A provider did not answer properly; another try may succeed."""

    exit_code = 5
    can_retry = True


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
