"""Errors and warnings as the panel says them: where they advise a command, it says where to click.

What is stored and raised is worded for the command line, which cannot know of pages; both say the same
otherwise. A test holds every sentence that names a command against this list.
"""

import re
from typing import Final

from models.errors import ReelflowError
from models.redaction import redact
from ui.components.wording import escape

_KEYS: Final = "under Settings, Keys"
_VOICE: Final = "under Settings, Voice and analysis"

#: What a sentence advises, and the same for somebody with a mouse; longer ones before their parts.
_WAYS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"Run `reelflow profile set [^`]*` and `reelflow profile set-key [^`]*`",
            f"Choose an ElevenLabs voice {_VOICE}, and set its key {_KEYS}",
        ),
        (r"run `reelflow profile set-key [^`]*`, or set REELFLOW_\w+ for all profiles", f"set it {_KEYS}"),
        (r"with `reelflow profile set-key [^`]*`", _KEYS),
        (r"with `reelflow profile set-budget [^`]*`", "under Costs, Change budget"),
        (r"start it again with a higher --max-cost", "resume it, which quotes what is left and allows that"),
        (r"choose another with reelflow profile set\b", f"choose another {_VOICE}"),
        (r"give its id with --voice\b", f"choose one {_VOICE}"),
        (r"again: reelflow clip render CLIP --script TEXT", "again in the project's Render step"),
        (r"Render the clip with --captions speech to have it heard", "Render the clip to have it heard"),
        (
            r"Leave out --captions, which is for clips without a script",
            "Captions of what is said are for clips without one",
        ),
        (r"Leave out --captions\b", "Captions of what is said are for clips without one"),
    )
)


def in_panel(text: str) -> str:
    """An error's or a warning's sentence for a page: no secret in it, and no command.

    Args:
        text: As raised, or as stored with a run.
    """
    text = redact(text)
    for pattern, words in _WAYS:
        text = pattern.sub(words, text)
    return text


def said(error: ReelflowError) -> str:
    """An error's sentence as Markdown in which a name or a price means nothing but itself."""
    return escape(in_panel(str(error)))
