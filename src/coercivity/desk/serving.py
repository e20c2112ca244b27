"""How the desk answers requests: the server's processes, and what each does before its first."""

from __future__ import annotations

import gc
import logging
import socket
from typing import Final

from coercivity.desk import packs
from coercivity.errors import CoercivityError, UsageError

__all__ = ["KEEP_ALIVE_SECONDS", "make_ready", "serve"]

_LOG = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS: Final = 75
"""How long a quiet connection stays open: longer than proxies and browsers keep theirs, so that
none of them sends a request into a connection that is being closed."""

_GRACE_SECONDS: Final = 10
"""How long a server that is told to stop waits for answers under way, such as streams."""


def serve(host: str, port: int, *, workers: int) -> None:
    """Answer requests until told to stop.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        Port to listen on.
    workers : int
        Processes that answer.

    Raises
    ------
    UsageError
        If the address cannot be had.
    """
    import uvicorn

    with _listening(host, port) as found:
        uvicorn.run(
            "coercivity.desk.asgi:application",
            fd=found.fileno(),
            workers=workers,
            log_level="warning",
            # Whether a proxy is believed is said once, in the environment of the desk.
            proxy_headers=False,
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    UsageError
        If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Head and body of an answer leave in two packets; without this the second waits for the
    # client's word on the first, which many give only after 40 ms. What is accepted inherits it.
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise UsageError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            expected="an address of this machine and a port that nobody else uses",
            hint="choose another with --host and --port",
        ) from error
    return found


def make_ready() -> None:
    """Open the packs and their registers, so that nobody's first page waits for it.

    What is there then stays for as long as the process lives: the garbage collector need not go
    through it again and again while requests wait.
    """
    for name in packs.names():
        try:
            packs.register_of(name)
        except CoercivityError as error:
            # The pages of the other packs work; those of this one say what is wrong with it.
            _LOG.warning("the pack %s cannot be opened: %s", name, error)
    gc.collect()
    gc.freeze()
