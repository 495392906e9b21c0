"""The part both fakes share: a threaded server on a free port, its records, its faults and its bill.

A fault is chosen by name, three ways: queued for the next requests that cost money
(`server.fail_next("503")`), set for all of them (`server.fail_always("slow")`), or named inside the
request's own text (`[[fault:503]]`, `[[fault:503 once]]`), which also works by hand. `POST /_faults`
with `{"next": [...]}` or `{"always": "..."}` does the same from outside; `GET /_seen` and `GET /_bill`
tell what happened.
"""

import abc
import contextlib
import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

_NAMED_FAULT = re.compile(r"\[\[fault:\s*(?P<name>[\w-]+)(?P<once>\s+once)?\s*\]\]")


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty without a body."""
        found: dict[str, Any] = json.loads(self.body) if self.body else {}
        return found


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    break_after: int | None = None
    """The connection is cut after this many bytes of the body."""


@dataclass
class Seen:
    """One request that a fake understood, for assertions."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    key: str
    operation: str
    model: str = ""
    text: str = ""
    body: Any = None
    frames: tuple[bytes, ...] = ()
    indices: tuple[int, ...] = ()
    media_resolution: str | None = None
    fault: str | None = None
    status: int = 0


@dataclass(frozen=True)
class Charge:
    """One line of a fake's bill."""

    key: str
    model: str
    operation: str
    units: Mapping[str, int]


def reply_json(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(status=status, body=json.dumps(document).encode(), headers=headers or {})


class FakeServer(abc.ABC):
    """A provider's stand-in, on a free port of this machine; a context manager.

    Args:
        keys: The keys it accepts; every other key is refused as the real service does.
        port: 0 takes a free one.
    """

    name: ClassVar[str]
    default_key: ClassVar[str]
    faults: ClassVar[frozenset[str]] = frozenset()
    slow_s = 30.0
    """How long a slow answer takes; stopping the server ends the wait."""

    def __init__(self, *, keys: tuple[str, ...] = (), port: int = 0) -> None:
        self.keys = keys or (self.default_key,)
        self.seen: list[Seen] = []
        self.bill: list[Charge] = []
        self.lock = threading.Lock()
        self._next: deque[str | None] = deque()
        self._always: str | None = None
        self._used_once: set[str] = set()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler_for(self._answer))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def key(self) -> str:
        """The first key that it accepts."""
        return self.keys[0]

    def start(self) -> Self:
        """Starts to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the server and every open connection."""
        self._closing.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def fail_next(self, *names: str | None) -> None:
        """Queues faults for the next paid requests, in order; None lets one pass."""
        self._check(*names)
        with self.lock:
            self._next.extend(names)

    def fail_always(self, name: str | None) -> None:
        """Every paid request fails like this until None is set."""
        self._check(name)
        with self.lock:
            self._always = name

    def paid_requests(self, operation: str | None = None) -> list[Seen]:
        """The requests that cost money or would have, in order."""
        with self.lock:
            return [
                seen
                for seen in self.seen
                if seen.operation in self.paid_operations and operation in (None, seen.operation)
            ]

    def billed(self, unit: str, *, key: str | None = None) -> int:
        """Sum of one unit over the bill."""
        with self.lock:
            return sum(charge.units.get(unit, 0) for charge in self.bill if key in (None, charge.key))

    paid_operations: ClassVar[frozenset[str]] = frozenset()

    @abc.abstractmethod
    def handle(self, request: Request) -> Reply:
        """Answers one request; the provider's part."""

    def record(self, seen: Seen) -> None:
        """Keeps a request; chooses its fault when it is one that costs money."""
        with self.lock:
            self.seen.append(seen)
            if seen.operation in self.paid_operations:
                seen.fault = self._choose_fault(seen.text)

    def charge(self, seen: Seen, **units: int) -> None:
        """Adds a line to the bill."""
        with self.lock:
            self.bill.append(Charge(seen.key, seen.model, seen.operation, units))

    def wait_slowly(self) -> None:
        """Lets time pass, at most until the server stops."""
        self._closing.wait(self.slow_s)

    def _choose_fault(self, text: str) -> str | None:
        if self._next:
            return self._next.popleft()
        named = _NAMED_FAULT.search(text)
        if named and named["name"] in self.faults:
            if not named["once"]:
                return named["name"]
            if named.group() not in self._used_once:
                self._used_once.add(named.group())
                return named["name"]
        return self._always

    def _check(self, *names: str | None) -> None:
        unknown = [name for name in names if name is not None and name not in self.faults]
        if unknown:
            raise ValueError(
                f"no such fault: {', '.join(unknown)}; there are {', '.join(sorted(self.faults))}"
            )

    def _answer(self, request: Request) -> Reply:
        if request.path == "/_seen":
            with self.lock:
                return reply_json([_without_frames(seen) for seen in self.seen])
        if request.path == "/_bill":
            with self.lock:
                return reply_json([charge.__dict__ for charge in self.bill])
        if request.path == "/_faults":
            wanted = request.json()
            self.fail_next(*wanted.get("next", ()))
            if "always" in wanted:
                self.fail_always(wanted["always"])
            return reply_json({"faults": sorted(self.faults), "queued": list(self._next)})
        return self.handle(request)


def _without_frames(seen: Seen) -> dict[str, Any]:
    return {**seen.__dict__, "frames": len(seen.frames), "body": None, "headers": None}


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that stopping leaves none behind."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


def _handler_for(answer: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "fake"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self._body(),
            )
            try:
                reply = answer(request)
            except Exception as error:
                # Without it the client would only see a closed connection; both services' spellings.
                said = f"the fake failed: {type(error).__name__}: {error}"
                reply = reply_json({"error": {"message": said}, "detail": said}, status=599)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body if reply.break_after is None else reply.body[: reply.break_after])
            if reply.break_after is not None:
                self.wfile.flush()
                self.close_connection = True

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = bytearray()
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return bytes(body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            """Records are kept in `seen`."""

    return Handler
