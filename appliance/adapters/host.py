"""The machine: free disk space, free ports and installed programs."""

import shutil
import socket
from pathlib import Path


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def used_pct(folder: Path) -> float:
    """As `df` counts: what is kept for root is not free."""
    usage = shutil.disk_usage(folder)
    return usage.used / max(1, usage.used + usage.free) * 100


def missing_programs(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if shutil.which(name) is None]


def is_free(kind: socket.SocketKind, address: str, port: int) -> bool:
    """Whether a server could have this port."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last owner may be seconds gone
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
