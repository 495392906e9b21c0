"""What `reelflow up` is made of: the worker's and the panel's commands, and the ports they are given."""

import errno
import http.client
import os
import socket
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from flows.worker_settings import DRAIN_TIMEOUT_S, READY_VARIABLE, WORKER_ENVIRONMENT
from models.errors import BadInput
from models.settings import CHECKOUT, Settings
from ui.supervisor import Part

PANEL_PORT = 8501
PREFECT_PORT = 4200

#: How many ports after the usual one are tried when nobody asked for a certain one.
_PORTS_TRIED = 20

#: What the worker needs to end besides the time for its runs.
_WORKER_GRACE_S = 10.0

_HEALTH_TIMEOUT_S = 2.0


def worker_part(
    settings: Settings, environment: Mapping[str, str], *, limit: int, name: str, is_alone: bool
) -> Part:
    """The process that takes runs off their queues.

    Args:
        settings: The installation.
        environment: As `child_environment` gives it.
        limit: Runs at once.
        name: What Prefect calls it.
        is_alone: No other worker serves this installation.
    """
    alone = ("--alone",) if is_alone else ()
    return Part(
        name="worker",
        command=(sys.executable, "-m", "flows.worker", "--limit", str(limit), "--name", name, *alone),
        environment={**WORKER_ENVIRONMENT, **environment},
        folder=settings.home_dir,
        log=settings.home_dir / "logs" / "worker.log",
        ready_variable=READY_VARIABLE,
        grace_s=DRAIN_TIMEOUT_S + _WORKER_GRACE_S,
    )


def panel_part(settings: Settings, environment: Mapping[str, str], *, host: str, port: int) -> Part:
    """The process that serves the control panel's pages, uploads and media.

    Args:
        settings: The installation.
        environment: As `child_environment` gives it.
        host: Where it listens.
        port: Where it listens.
    """
    own = {
        "REELFLOW_PANEL_URL": panel_address(settings, host, port),
        # Files change under a running panel only when it is brought up to date, and then it is started anew.
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }
    return Part(
        name="control panel",
        command=(sys.executable, "-m", "ui.server", host, str(port)),
        environment={**environment, **own},
        folder=CHECKOUT,
        log=settings.home_dir / "logs" / "panel.log",
        is_ready=lambda: _answers(near(host), port),
    )


def panel_address(settings: Settings, host: str, port: int) -> str:
    """Where people reach the panel: what they set themselves, else where it listens."""
    return settings.panel_url if "panel_url" in settings.model_fields_set else address(host, port)


def child_environment(settings: Settings, prefect_api: str) -> dict[str, str]:
    """The environment of a part: ours, with paths that hold in any folder and the server's address."""
    paths = {
        "REELFLOW_HOME": settings.home_dir,
        "REELFLOW_FFMPEG": settings.ffmpeg and Path(os.path.abspath(settings.ffmpeg.expanduser())),  # noqa: PTH100
        "REELFLOW_SECRET_KEY_FILE": settings.secret_key_file and settings.secret_key_path,
    }
    absolute = {name: str(path) for name, path in paths.items() if path}
    return {**os.environ, **absolute, "PREFECT_API_URL": prefect_api}


def choose_port(host: str, asked: int | None, usual: int, *, option: str) -> int:
    """A port that is free now: the one asked for, else the usual one or one of the next.

    Args:
        host: Where it is to be free.
        asked: The one asked for; None when nobody did.
        usual: The one to try first.
        option: How it is asked for.

    Raises:
        BadInput: it is taken, or the host is none of this machine's.
    """
    for port in (asked,) if asked is not None else range(usual, usual + _PORTS_TRIED):
        if port == 0 or _is_free(host, port, option=option):
            return port or _any_port(host)
    if asked is not None:
        raise BadInput(f"Port {asked} of {host} is taken; choose another one with {option}.")
    raise BadInput(
        f"Ports {usual} to {usual + _PORTS_TRIED - 1} of {host} are taken; choose one with {option}."
    )


def near(host: str) -> str:
    """The address at which this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - "all" is nowhere to ask


def is_this_machine(host: str) -> bool:
    """Whether what listens on `host` can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(host: str, port: int) -> str:
    """The address for a browser on this machine."""
    return f"http://{f'[{near(host)}]' if ':' in near(host) else near(host)}:{port}"


def _is_free(host: str, port: int, *, option: str) -> bool:
    try:
        with socket.create_server((host, port), family=_family(host)):
            return True
    except PermissionError as error:
        raise BadInput(f"Port {port} is for administrators; choose one above 1023 with {option}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise BadInput(f"{host} is no address of this machine: {error.strerror}.") from error


def _any_port(host: str) -> int:
    with socket.create_server((host, 0), family=_family(host)) as probe:
        return int(probe.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_HEALTH_TIMEOUT_S)
    try:
        # By the name that the panel always answers to, whatever it is called outside.
        connection.request("GET", "/_stcore/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
