"""What is tried again, and what is not."""

from typing import Any

import pytest
from prefect.states import Failed

from models.errors import (
    BadInput,
    BudgetRefused,
    MediaToolFailed,
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
    QualityCheckFailed,
    RunStopped,
)
from tasks.policies import can_succeed_later


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ProviderUnavailable("no answer"), True),
        (MediaToolFailed("rendering", 1, ""), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (ProviderRefused("blocked"), False),
        (
            BudgetRefused(
                "spent", spent_micro_usd=1, reserved_micro_usd=0, limit_micro_usd=1, needed_micro_usd=1
            ),
            False,
        ),
        (BadInput("no"), False),
        (NotFound("clip", "x"), False),
        (QualityCheckFailed("too loud"), False),
        (RunStopped("stopped"), False),
        (ZeroDivisionError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_can_succeed_is_tried_again(error: Exception, again: bool) -> None:
    unused: Any = None

    assert can_succeed_later(unused, unused, Failed(data=error)) is again
