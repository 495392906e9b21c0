"""Keys and addresses of paid services: checked before a call, kept out of every message and log."""

import logging
import re

from pydantic import SecretStr

from models.errors import BadInput, KeyRefused
from models.settings import safe_url

_LONGEST_QUOTE = 300


def require_key(key: SecretStr | None, *, provider: str, title: str) -> str:
    """The key in clear, for an SDK's constructor and nothing else.

    An SDK that is given no key looks for one in the environment, which may be another brand's.

    Raises:
        KeyRefused: there is none.
    """
    text = key.get_secret_value().strip() if key else ""
    if not text:
        raise KeyRefused(f"There is no {title} key: set one with `reelflow profile set-key {provider}`.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise KeyRefused(
            f"The {title} key has characters that no key has: copy it again and set it with"
            f" `reelflow profile set-key {provider}`."
        )
    return text


def check_base_url(url: str) -> str:
    """The address of a service without its last slash, by the rules of the installation's settings.

    Raises:
        BadInput: keys would travel unencrypted beyond this machine, or it is no address.
    """
    try:
        return safe_url(url)
    except ValueError as error:
        # Without the address itself, which may hold a password.
        raise BadInput(f"The service's address can't be used: {error}.") from None


def quote(text: object, *, key: str) -> str:
    """What a service said, fit for a sentence: one line, not long, without the key."""
    line = " ".join(str(text or "").split()).replace(key, "[key]")
    if line.startswith("<"):  # a gateway's HTML page
        return ""
    # A service may repeat a key shortened, as "sk_...1234" is by some.
    line = re.sub(r"\b(?:AIza|sk_)[\w.*-]{4,}", "[key]", line)
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def quiet_loggers(*names: str) -> None:
    """Silences an SDK's loggers below errors: at debug level some print the key's header."""
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
