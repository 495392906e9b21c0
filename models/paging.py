"""One page of a long list, and the words a person searches it with."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from models.errors import BadInput
from models.session import ProfileSession

Item = TypeVar("Item")
Line = TypeVar("Line")

#: What most lists are sorted by.
ByAge = Literal["newest", "oldest", "name"]

MAX_PAGE_SIZE = 200

MAX_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of a list's items and where they are in it."""

    items: tuple[Item, ...]
    """In the order asked for."""
    total: int
    """How many the whole list has."""
    number: int
    """Which page this is, from 1; the last one when a later one was asked for."""
    size: int
    """Most items on a page."""

    @property
    def pages(self) -> int:
        """How many pages there are; 1 for an empty list."""
        return max(1, -(-self.total // self.size))

    def of(self, items: Sequence[Line]) -> "Page[Line]":
        """The same page holding something else."""
        return Page(tuple(items), self.total, self.number, self.size)


def line_of(kind: Callable[..., Line], row: Any, **others: Any) -> Line:
    """A line of a list: what the row has under the same name, and the rest as given.

    Args:
        kind: The line's dataclass.
        row: A table's.
        others: Fields that the row lacks, or that are shown otherwise.
    """
    names = (field.name for field in fields(cast("Any", kind)) if field.name not in others)
    return kind(**{name: getattr(row, name) for name in names}, **others)


def choose(*columns: Any) -> Select[Any]:
    """SQLAlchemy's `select` without the types of its columns: SQLModel's knows four of them at most."""
    return select(*columns)


def read_page(
    session: ProfileSession, query: Select[Any], count: Select[Any], *, number: int, size: int
) -> Page[Any]:
    """Reads one page of rows.

    Args:
        session: Whose rows.
        query: Everything, in its order.
        count: The number of its rows.
        number: From 1; beyond the end the last page is read.
        size: Most rows on a page.

    Raises:
        BadInput: no such page or size.
    """
    if number < 1 or not 1 <= size <= MAX_PAGE_SIZE:
        raise BadInput(f"Pages are counted from 1 and hold 1 to {MAX_PAGE_SIZE} lines.")
    total = int(session.execute(count).scalar_one())
    number = min(number, max(1, -(-total // size)))
    rows = session.execute(query.limit(size).offset((number - 1) * size)).all() if total else []
    return Page(tuple(rows), total, number, size)


def matches(search: str, *columns: Any, documents: Sequence[Any] = ()) -> ColumnElement[bool]:
    """Whether each word of a search is in one of some text columns, in any case.

    Args:
        search: As a person typed it.
        columns: Columns of text.
        documents: Columns of JSON as text, where letters beyond ASCII may be written as escapes.

    Raises:
        BadInput: it is too long.
    """
    if len(search) > MAX_SEARCH:
        raise BadInput(f"A search has {MAX_SEARCH} characters at most; this one has {len(search)}.")
    found = []
    for word in search.replace("\0", " ").split():  # PostgreSQL takes no NUL
        spelt = _spellings(word)
        written = spelt | {json.dumps(spelling)[1:-1] for spelling in spelt}
        in_text = [column.ilike(_pattern(each), escape="\\") for column in columns for each in spelt]
        in_json = [column.ilike(_pattern(each), escape="\\") for column in documents for each in written]
        found.append(or_(*in_text, *in_json))
    return and_(true(), *found)


def _pattern(word: str) -> str:
    """Bound as a value: the walls refuse SQL that is put together."""
    for special in ("\\", "%", "_"):
        word = word.replace(special, f"\\{special}")
    return f"%{word}%"


def _spellings(word: str) -> set[str]:
    """SQLite folds the case of ASCII letters only."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}


def by_age(model: Any, sort: str) -> list[ColumnElement[Any]]:
    """The order of a `ByAge`; ties are broken by the id, so that no line is on two pages."""
    if sort == "name":
        return [func.lower(model.name), model.id]
    return [model.created_at if sort == "oldest" else model.created_at.desc(), model.id]
