"""Ports for the servers of tests: below those that the system lends to connections, each lent once in a long while."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_FIRST, _PAST = 20000, 26000
_RTP_FIRST, _RTP_PAST, RTP_PORTS = 26000, 32600, 200


def free_port() -> int:
    """A port that nobody listens on; whoever asks next on this machine gets another one."""
    while True:
        port = _FIRST + _count("ports") % (_PAST - _FIRST)
        if _is_free(port):
            return port


def free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]


def rtp_ports() -> int:
    """The first of `RTP_PORTS` ports for voice."""
    return _RTP_FIRST + _count("rtp") * RTP_PORTS % (_RTP_PAST - _RTP_FIRST)


def _count(name: str) -> int:
    """How often anybody on this machine asked before, in whichever process."""
    with Path(tempfile.gettempdir(), f"test-{name}-{os.getuid()}").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        asked = int(file.read() or 0)
        file.truncate(0)
        file.write(str(asked + 1))
        return asked


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True
