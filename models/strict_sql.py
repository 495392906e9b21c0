"""The first wall, the same on every database: raw SQL and DDL never get past an engine's compiler.

Refusing in the compiler costs nothing per statement, for SQLAlchemy compiles each shape of one once.
"""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.sql.compiler import SQLCompiler

from models.errors import ScopeViolation

_HARMLESS_LITERAL = re.compile(r"\*|\d+|NULL", re.IGNORECASE)
_JSON_OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "&&", "||"})


_Compiler: Any = SQLCompiler  # its visitors carry no annotations


class _StrictCompiler(_Compiler):  # type: ignore[misc]  # the same
    """Mixed into an engine's compiler; `tables` is all that the engine is for."""

    tables: frozenset[Table]

    def _known(self, table: Any) -> None:
        if table not in self.tables:  # the very objects: a namesake has no profile's predicate
            raise ScopeViolation(f"this session is not for the table {getattr(table, 'name', table)!r}")

    def visit_table(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("asfrom") or (args and args[0]):
            self._known(table)
        return super().visit_table(table, *args, **kwargs)

    def _at_top(self, statement: Any) -> None:
        self._known(statement.table)
        if self.stack:
            raise ScopeViolation("a write inside another statement is refused")

    def visit_insert(self, insert_stmt: Any, *args: Any, **kwargs: Any) -> Any:
        self._at_top(insert_stmt)
        return super().visit_insert(insert_stmt, *args, **kwargs)

    def visit_update(self, update_stmt: Any, *args: Any, **kwargs: Any) -> Any:
        self._at_top(update_stmt)
        return super().visit_update(update_stmt, *args, **kwargs)

    def visit_delete(self, delete_stmt: Any, *args: Any, **kwargs: Any) -> Any:
        self._at_top(delete_stmt)
        return super().visit_delete(delete_stmt, *args, **kwargs)

    # Rendered without parentheses, `where(text("1=1 OR 1=1"))` would outweigh the profile's predicate.

    def visit_textclause(self, textclause: Any, *args: Any, **kwargs: Any) -> Any:
        if not _HARMLESS_LITERAL.fullmatch(textclause.text.strip()):
            raise ScopeViolation(f"raw SQL is refused: {textclause.text[:60]!r}")
        return super().visit_textclause(textclause, *args, **kwargs)

    def visit_textual_select(self, *_args: Any, **_kwargs: Any) -> Any:
        raise ScopeViolation("raw SQL is refused: a select made of text")

    def visit_tstring(self, *_args: Any, **_kwargs: Any) -> Any:
        raise ScopeViolation("raw SQL is refused: a template string")

    def visit_column(self, column: Any, *args: Any, **kwargs: Any) -> Any:
        if column.is_literal and not _HARMLESS_LITERAL.fullmatch(str(column.name).strip()):
            raise ScopeViolation(f"raw SQL is refused: {str(column.name)[:60]!r}")
        return super().visit_column(column, *args, **kwargs)

    def visit_custom_op_binary(self, element: Any, operator: Any, **kwargs: Any) -> Any:
        if operator.opstring.strip() not in _JSON_OPERATORS:
            raise ScopeViolation(f"raw SQL is refused: operator {operator.opstring[:60]!r}")
        return super().visit_custom_op_binary(element, operator, **kwargs)

    def visit_custom_op_unary_operator(self, *_args: Any, **_kwargs: Any) -> Any:
        raise ScopeViolation("raw SQL is refused: a custom operator")

    visit_custom_op_unary_modifier = visit_custom_op_unary_operator


def allow_only(engine: Engine, tables: Collection[Table]) -> None:
    """Makes `engine` compile statements over `tables` only: no other table, no raw SQL, no DDL."""
    base = engine.dialect.statement_compiler
    engine.dialect.statement_compiler = type(
        f"Strict{base.__name__}", (_StrictCompiler, base), {"tables": frozenset(tables)}
    )

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_uncompiled(_connection: Connection, _cursor: Any, statement: str, *rest: Any) -> None:
        context = rest[1]
        if context.compiled is None or context.isddl:
            raise ScopeViolation(f"raw SQL is refused: {statement[:60]!r}")
