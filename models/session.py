"""The only ways to rows: one profile's session for everything it owns, one session for profiles themselves.

No statement of a `ProfileSession` sees or changes another profile's row. Code that does not have a
profile's id can't reach any of its data.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, event, inspect
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.sql import Select
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.elements import BindParameter
from sqlmodel import Session, SQLModel

from models.engine import READ_ONLY, database_url, make_engine
from models.errors import NotFound, ScopeViolation
from models.migrate import bring_up_to_date
from models.profile import Profile
from models.settings import Settings
from models.strict_sql import allow_only
from models.tables import REGISTRY_TABLES, TENANT_TABLES
from models.tenant import TenantModel
from models.wall import (
    end_scope_with_transaction,
    install_sqlite_authorizer,
    install_sqlite_wall,
    scope_connection,
)

TenantRow = TypeVar("TenantRow", bound=TenantModel)


def _table(model: type[SQLModel]) -> Table:
    return cast("Table", model.__table__)  # type: ignore[attr-defined]  # set by SQLModel's metaclass


class ProfileSession(Session):
    """Everything of one profile, and nothing else.

    Rows stay readable after the session has ended. New rows are given the profile's id. Made by
    `Database.profile_session` only.

    Args:
        engine: An engine with the walls of `models.wall`.
        profile_id: Whose rows.
    """

    def __init__(self, engine: Engine, profile_id: UUID) -> None:
        if not isinstance(profile_id, UUID):
            raise TypeError(f"a profile's id is a UUID, not {profile_id!r}")
        self.__engine = engine
        self.__profile_id = profile_id
        super().__init__(engine, expire_on_commit=False, close_resets_only=False)
        # One option per class: SQLModel's inherited fields are no attributes of the mixin itself.
        self.__criteria = [
            with_loader_criteria(model, _table(model).c.profile_id == profile_id, include_aliases=True)
            for model in TENANT_TABLES
        ]
        self.__criteria.append(
            with_loader_criteria(Profile, _table(Profile).c.id == profile_id, include_aliases=True)
        )
        event.listen(self, "do_orm_execute", self.__narrow)
        event.listen(self, "before_flush", self.__stamp)
        event.listen(self, "before_attach", self.__refuse_foreign)
        event.listen(self, "loaded_as_persistent", self.__refuse_foreign)
        event.listen(self, "after_begin", self.__open_scope)

    @property
    def profile_id(self) -> UUID:
        """Whose rows this session reaches."""
        return self.__profile_id

    @property
    def profile(self) -> Profile:
        """The profile's own row, read once per session."""
        profile = self.get(Profile, self.__profile_id)
        if profile is None:
            raise NotFound("profile", self.__profile_id)
        return profile

    def require(self, model: type[TenantRow], row_id: UUID | str) -> TenantRow:
        """The row with this id.

        Raises:
            NotFound: there is none, it is another profile's, or `row_id` is no id.
        """
        kind = _table(model).name.replace("_", "-")
        try:
            wanted = row_id if isinstance(row_id, UUID) else UUID(row_id)
        except ValueError:
            raise NotFound(kind, row_id) from None
        row = self.get(model, (self.__profile_id, wanted))
        if row is None:
            raise NotFound(kind, row_id)
        return row

    # -------------------------------------------------------------- what SQLAlchemy would let through

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine:
        """The scoped engine, whatever a statement or caller asks for."""
        return self.__engine

    def merge(self, instance: Any, *, load: bool = True, options: Any = None) -> Any:
        """Like SQLAlchemy's, but never without reading the row first."""
        if not load:
            raise ScopeViolation("merge(load=False) would take a row's owner on trust")
        self.__refuse_foreign(self, instance)
        return super().merge(instance, load=True, options=options)

    def __no_bulk(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ScopeViolation("the bulk methods pass by every check; use add_all or execute")

    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = __no_bulk

    def __open_scope(
        self, _session: Session, _transaction: SessionTransaction, connection: Connection
    ) -> None:
        scope_connection(connection, self.__profile_id)

    def __narrow(self, state: ORMExecuteState) -> None:
        statement = state.statement
        if isinstance(statement, FromStatement) and not isinstance(statement.element, Select):
            raise ScopeViolation("from_statement is for selects only")
        if isinstance(statement, UpdateBase):
            self.__refuse_bulk_on_profiles(statement)
        if isinstance(statement, Insert):
            self.__stamp_insert(state, statement)
            return
        if state.is_update or state.is_delete:
            if isinstance(state.parameters, list):
                raise ScopeViolation("an update by a list of keys passes by the profile's predicate")
            if "profile_id" in _assigned(statement, state.parameters):
                raise ScopeViolation("a row never changes its profile")
        elif not (state.is_select or state.is_from_statement):
            raise ScopeViolation(f"a {type(statement).__name__} statement is refused")
        state.statement = cast("Any", statement).options(*self.__criteria)

    @staticmethod
    def __refuse_bulk_on_profiles(statement: UpdateBase) -> None:
        if getattr(statement.table, "name", None) == "profile":
            raise ScopeViolation("profiles are changed by attribute, created in models.profiles")

    def __stamp_insert(self, state: ORMExecuteState, statement: Insert) -> None:
        if statement.select is not None:
            raise ScopeViolation("an insert from a select can't be checked; read, then add")
        upsert = getattr(statement, "_post_values_clause", None)
        if any(_key(column) == "profile_id" for column in dict(getattr(upsert, "update_values_to_set", ()))):
            raise ScopeViolation("a row never changes its profile")
        if isinstance(state.parameters, list):
            # In place: what the statement is executed with is this very list.
            state.parameters[:] = [{"profile_id": self.__profile_id, **row} for row in state.parameters]
        elif isinstance(state.parameters, dict) and state.parameters:
            state.parameters.setdefault("profile_id", self.__profile_id)
        elif statement._values is not None and "profile_id" not in _assigned(statement, None):
            state.statement = statement = statement.values(profile_id=self.__profile_id)
        for owner in _owners_in(statement, state.parameters):
            if owner != self.__profile_id:
                raise ScopeViolation("an insert for another profile")

    def __stamp(self, _session: Session, _context: UOWTransaction, _instances: Any) -> None:
        for row in self.new:
            if isinstance(row, Profile):
                raise ScopeViolation("profiles are created in models.profiles")
            if isinstance(row, TenantModel) and instance_state(row).dict.get("profile_id") is None:
                row.profile_id = self.__profile_id
            self.__refuse_foreign(self, row)
        for row in (*self.dirty, *self.deleted):
            self.__refuse_foreign(self, row)
            attributes = instance_state(row).attrs
            if isinstance(row, TenantModel) and attributes.profile_id.history.has_changes():
                raise ScopeViolation("a row never changes its profile")
            if isinstance(row, Profile) and attributes.is_default.history.has_changes():
                raise ScopeViolation("the default is chosen in models.profiles")

    def __refuse_foreign(self, _session: Session, row: Any) -> None:
        state = inspect(row)
        if isinstance(row, TenantModel):
            owner, identity = state.dict.get("profile_id"), state.identity
        elif isinstance(row, Profile):
            owner, identity = state.dict.get("id"), state.identity
        else:
            raise ScopeViolation(f"a {type(row).__name__} belongs to no profile")
        if owner not in (None, self.__profile_id) or (identity and identity[0] != self.__profile_id):
            raise ScopeViolation(f"a {type(row).__name__} of another profile")


class AdminSession(Session):
    """Profiles themselves and who may enter them. Tenant tables don't exist here.

    Made by `Database.admin_session` only.
    """

    def __init__(self, engine: Engine) -> None:
        self.__engine = engine
        super().__init__(engine, expire_on_commit=False, close_resets_only=False)
        event.listen(self, "before_attach", self.__refuse_tenant_row)

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine:
        """The registry's engine, whatever a statement or caller asks for."""
        return self.__engine

    @staticmethod
    def __refuse_tenant_row(_session: Session, row: Any) -> None:
        if not isinstance(row, REGISTRY_TABLES):
            raise ScopeViolation(f"a {type(row).__name__} is reached through its profile's session")


class Database:
    """An open, current database. One per process is enough; threads may share it.

    Args:
        settings: The installation's; kept for what belongs beside the rows, such as files.
    """

    def __init__(self, settings: Settings) -> None:
        url = database_url(settings)
        self.settings = settings
        self.__scoped = make_engine(url)
        self.__registry = make_engine(url)
        registry = [_table(model) for model in REGISTRY_TABLES]
        if self.__scoped.dialect.name == "sqlite":
            owners = {_table(model).name: "profile_id" for model in TENANT_TABLES} | {"profile": "id"}
            install_sqlite_wall(self.__scoped, owners)
            install_sqlite_authorizer(self.__registry, {table.name for table in registry})
        end_scope_with_transaction(self.__scoped)
        allow_only(self.__scoped, [*map(_table, TENANT_TABLES), _table(Profile)])
        allow_only(self.__registry, registry)

    @contextlib.contextmanager
    def profile_session(self, profile_id: UUID, *, read_only: bool = False) -> Iterator[ProfileSession]:
        """A transaction over one profile's rows: committed at the end, rolled back by an exception.

        A writing session holds SQLite's one write lock from its first line to its last. Keep it short:
        never hold one over a media process or a provider's answer.

        Args:
            profile_id: Whose rows.
            read_only: Only reads, never waits for a writer, and can't write.

        Raises:
            NotFound: there is no such profile.
        """
        engine = self.__scoped
        if read_only:
            engine = engine.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
        with ProfileSession(engine, profile_id) as session:  # closing takes back what was not committed
            _ = session.profile
            yield session
            session.commit()

    @contextlib.contextmanager
    def admin_session(self, *, read_only: bool = False) -> Iterator[AdminSession]:
        """A transaction over profiles, people and memberships; tenant tables are out of its reach.

        Args:
            read_only: Only reads, never waits for a writer, and can't write.
        """
        engine = self.__registry
        if read_only:
            engine = engine.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
        with AdminSession(engine) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Closes the pooled connections."""
        self.__scoped.dispose()
        self.__registry.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def open_database(settings: Settings) -> Database:
    """Opens the configured database, creating or migrating it when needed.

    Safe in any number of processes at once; a few milliseconds when there is nothing to migrate.

    Raises:
        BadInput: the URL is unusable, or the database was made by a newer Reelflow.
        Fault: the database can't be opened.
    """
    bring_up_to_date(settings)
    return Database(settings)


# ------------------------------------------------------------------ what a statement writes


def _key(column: Any) -> str:
    return str(getattr(column, "key", column))


def _assigned(statement: Any, parameters: Any) -> set[str]:
    """Names of the columns that an UPDATE or INSERT gives values to."""
    named = {_key(column) for column in (statement._values or {})} if hasattr(statement, "_values") else set()
    return named | ({_key(name) for name in parameters} if isinstance(parameters, Mapping) else set())


def _owners_in(statement: Insert, parameters: Any) -> Iterator[Any]:
    """Every value an INSERT gives to `profile_id`; an expression is yielded as it is, and equals no id."""
    rows: list[Any] = [statement._values or {}]
    for group in statement._multi_values:
        rows += [group] if isinstance(group, Mapping) else list(group)
    rows += parameters if isinstance(parameters, list) else [parameters or {}]
    for row in rows:
        if not isinstance(row, Mapping):
            raise ScopeViolation("name the columns of an insert")
        for column, value in row.items():
            if _key(column) == "profile_id":
                yield value.value if isinstance(value, BindParameter) else value
