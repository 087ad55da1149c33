"""What tells this machine from others, read from the kernel's own files; what cannot be read is left out."""

from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")
_FILES = {
    "machine": "etc/machine-id",
    "product": "sys/class/dmi/id/product_uuid",
    "board": "sys/class/dmi/id/board_serial",
    "chassis": "sys/class/dmi/id/product_serial",
}
_EMPTY = {"", "none", "not specified", "default string", "to be filled by o.e.m.", "0", "system serial number"}


def read_properties(root: Path = _ROOT) -> dict[str, str]:
    found = {name: _line(root / path) for name, path in _FILES.items()}
    found["processor"] = _processor(root)
    found["disk"] = ",".join(_serials(root))
    found["network"] = _network(root)
    return {name: value for name, value in found.items() if value.lower() not in _EMPTY}


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _processor(root: Path) -> str:
    names = (
        line.partition(":")[2] for line in _line(root / "proc/cpuinfo").splitlines() if line.startswith("model name")
    )
    return next(names, "").strip()


def _serials(root: Path) -> Iterator[str]:
    """Of the disks that are built in."""
    for disk in sorted((root / "sys/block").glob("*")):
        if _line(disk / "removable") == "0":
            yield from (serial for name in ("serial", "wwid", "device/wwid") if (serial := _line(disk / name)))


def _network(root: Path) -> str:
    """The lowest address of a card; bridges and what containers make have no device."""
    cards = (path for path in (root / "sys/class/net").glob("*") if (path / "device").exists())
    return min((address for card in cards if (address := _line(card / "address"))), default="")
