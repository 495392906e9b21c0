"""Segments in words: when they are, what is seen in them, why they are worth what they are; pure."""


def moment(seconds: float) -> str:
    """A time in a footage to the tenth: "1:04.2"."""
    tenths = round(max(0.0, seconds) * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def seen_and_why(description: str, reason: str) -> str:
    """What is seen and what it is worth, as sentences; said once where both say the same."""
    parts = [part.strip().rstrip(".") for part in (description, reason) if part.strip()]
    if len(parts) == 2 and parts[1].casefold() in parts[0].casefold():
        del parts[0]
    return "".join(f"{part}. " for part in parts).rstrip()
