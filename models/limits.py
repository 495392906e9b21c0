"""What may be asked for: one place for the numbers, one sentence for each refusal."""

from models.edit import CaptionsFrom
from models.errors import BadInput
from models.money import MAX_USD, MICRO_PER_USD

#: Most variants that one run makes.
MAX_VARIANTS = 10

#: Clip lengths that make sense on any platform, in seconds.
MIN_CLIP_S = 1.0
MAX_CLIP_S = 300.0

#: Longest script in characters: about eleven minutes of speech.
MAX_SCRIPT_CHARACTERS = 10_000


def check_variants(variants: int) -> None:
    """Refuses a number of variants that can't be made.

    Raises:
        BadInput: with the numbers that can.
    """
    if not 1 <= variants <= MAX_VARIANTS:
        raise BadInput(f"{variants} variants can't be made at once; ask for 1 to {MAX_VARIANTS}.")


def check_duration(duration_s: float) -> None:
    """Refuses a clip length that no platform takes.

    Raises:
        BadInput: with the lengths that are possible.
    """
    if not MIN_CLIP_S <= duration_s <= MAX_CLIP_S:
        raise BadInput(
            f"A clip of {duration_s:g} s can't be made; choose {MIN_CLIP_S:g} to {MAX_CLIP_S:g} s."
        )


def check_max_cost(max_cost_micro_usd: int | None) -> None:
    """Refuses a run's own limit that is no amount; None, for no limit, is fine.

    Raises:
        BadInput: with the amounts that are.
    """
    if max_cost_micro_usd is not None and not 0 <= max_cost_micro_usd <= MAX_USD * MICRO_PER_USD:
        raise BadInput(
            f"A run's limit of {max_cost_micro_usd} micro-USD is no amount; choose $0 to ${MAX_USD:,}."
        )


def check_script(script: str) -> str:
    """The script with its white space tidied.

    Raises:
        BadInput: nothing in it can be spoken, or it is too long.
    """
    text = " ".join(script.split())
    if not any(character.isalnum() for character in text):
        raise BadInput("The script has nothing to say; write at least one word or leave it out.")
    if len(text) > MAX_SCRIPT_CHARACTERS:
        raise BadInput(
            f"The script has {len(text)} characters; {MAX_SCRIPT_CHARACTERS} are the most. Shorten it."
        )
    return text


def check_captions(captions: CaptionsFrom | None, *, script: str | None) -> None:
    """Refuses captions of the footage's speech, or none of them, for a clip that has a script's.

    Raises:
        BadInput: both were asked for.
    """
    if captions is not None and script is not None:
        raise BadInput(
            "A script brings its own captions. Leave out --captions, which is for clips without a script."
        )
