"""What a run would cost, for the dialog that stands before it: the quote of `tasks.quote` as a page shows it.

Apart from the pages, which know nothing of tasks; the command line's own is `reelflow quote`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from models.errors import BadInput
from models.secrets import PROVIDER_TITLES
from ui.components.desk import Desk
from ui.components.dialogs import Price, PriceLine
from ui.quote_wishes import WISHES

if TYPE_CHECKING:
    from tasks.quote import QuoteLine

#: Of who is paid; others work on this machine.
_TITLES: Final = {str(name): title for name, title in PROVIDER_TITLES.items()}

#: The ledger's operations as a store owner would call them.
_OPERATIONS = {"analysis": "Analysis", "speech": "Voice", "transcription": "Listening"}


def quote_for(desk: Desk, kind: str, parameters: Mapping[str, Any]) -> Price:
    """What a run would cost; asks no provider, decodes no video and spends nothing.

    Args:
        desk: Whose run.
        kind: The flow, as for `Gateway.start`.
        parameters: What it would be given, as for `Gateway.start`.

    Raises:
        BadInput: a script that can't be spoken, a model without a price, no such kind of run, or a stored
            run that does not say what it was asked for.
        MissingKey: the profile chose a provider that it has no key for.
        NotFound: the profile has no such project or clip.
        UnusableFootage: a file can't be made into reels.
    """
    if kind not in WISHES:
        raise BadInput(f"There is no quote for runs of the kind {kind!r}.")
    try:
        with desk.reading() as session:
            asked = WISHES[kind](session, parameters)
    except KeyError as error:
        raise BadInput("What this run was asked for is not known any more: start it anew.") from error
    from tasks.quote import make_quote  # loads the video libraries, which a page that only shows does without

    made = make_quote(desk.database, desk.profile.id, **asked)
    return Price(
        lines=tuple(_price_line(line) for line in made.lines if line.provider in _TITLES),
        maximum_micro_usd=made.maximum_micro_usd,
        left_micro_usd=made.budget.left_micro_usd,
    )


def _price_line(line: "QuoteLine") -> PriceLine:
    operation = _OPERATIONS.get(line.operation, line.operation.capitalize())
    return PriceLine(f"{operation} by {_TITLES[line.provider]}", line.expected_micro_usd, line.assumption)
