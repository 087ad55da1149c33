"""The machine: free disk space and installed programs."""

import shutil
from pathlib import Path


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def missing_programs(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if shutil.which(name) is None]
