"""Money as people read and write it; everywhere else it is a whole number of micro-USD."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from models.errors import BadInput

MICRO_PER_USD = 1_000_000

#: Most that can be typed as a budget; far above any store's, far below what the column holds.
MAX_USD = 1_000_000


def usd(micro_usd: int) -> Decimal:
    """Micro-USD as dollars, exactly."""
    return Decimal(int(micro_usd)) / MICRO_PER_USD


def dollars(micro_usd: int) -> str:
    """For a sentence: "$4.90", "$0.0042", "<$0.0001"; two decimals, up to four when they say more."""
    amount = usd(micro_usd)
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    rounded = amount.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    if amount and rounded < Decimal("0.0001"):
        return f"{sign}<$0.0001"
    whole, decimals = f"{rounded:.4f}".split(".")
    return f"{sign}${int(whole):,}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def parse_usd(text: str) -> int:
    """Dollars as a person types them, as micro-USD.

    Raises:
        BadInput: no amount from 0 to `MAX_USD` with at most six decimals.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$").strip())
        micro = amount * MICRO_PER_USD
        is_usable = amount.is_finite() and 0 <= amount <= MAX_USD and micro == int(micro)
    except (InvalidOperation, ValueError, OverflowError):
        micro, is_usable = Decimal(0), False
    if not is_usable:
        raise BadInput(f"{text!r} is no amount of dollars; write it as 25 or 7.50, at most {MAX_USD:,}.")
    return int(micro)
