"""The folder of a node's prompts: links by language and key to files named after their content; blocking, no rules."""

import os
import wave
from collections.abc import Iterable, Mapping
from pathlib import Path

from appliance.adapters.speech import FORMATS
from appliance.services.clock import now

Place = tuple[str, str]  # language, prompt key
LEFTOVER_S = 3600  # a conversion never takes as long: its folder is of a process that was killed


def make_folders(folder: Path) -> None:
    _make_folder(folder)
    _make_folder(folder / ".cache")


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o777 != 0o755:
        folder.chmod(0o755)  # whatever the umask: Asterisk runs as another user


def is_cached(cache: Path, name: str) -> bool:
    return all((cache / f"{name}.{ending}").exists() for ending in FORMATS)


def cached_names(cache: Path) -> set[str]:
    """All that `is_cached`."""
    files = set(os.listdir(cache))
    names = {name for name, _, ending in (file.rpartition(".") for file in files) if ending in FORMATS}
    return {name for name in names if all(f"{name}.{ending}" in files for ending in FORMATS)}


def samples_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        frames: bytes = file.readframes(file.getnframes())
        return frames


def link_names(places: Iterable[Place]) -> set[str]:
    return {f"{language}/{key}.{ending}" for language, key in places for ending in FORMATS}


def link_all(folder: Path, links: Mapping[Place, str]) -> list[str]:
    """Point every place at its content; returns the links that changed. Each switches in one step."""
    changed = []
    for (language, key), name in links.items():
        _make_folder(folder / language)
        for ending in FORMATS:
            link, target = folder / language / f"{key}.{ending}", f"../.cache/{name}.{ending}"
            if not (link.is_symlink() and os.readlink(link) == target):
                new = link.with_name(f".{link.name}")
                new.unlink(missing_ok=True)
                new.symlink_to(target)  # relative: the folder may be seen under another root
                new.replace(link)
                changed.append(f"{language}/{link.name}")
    return changed


def remove_stale(folder: Path, wanted: set[str]) -> None:
    """Links that are not wanted, then files in the cache that nothing links to."""
    for link in list(folder.glob("[!.]*/*")):
        if f"{link.parent.name}/{link.name}" not in wanted:
            link.unlink(missing_ok=True)
    for language in list(folder.glob("[!.]*/")):
        if not any(language.iterdir()):
            language.rmdir()
    used = {os.readlink(link).rpartition("/")[2] for link in folder.glob("[!.]*/*") if link.is_symlink()}
    for file in (folder / ".cache").iterdir():
        if file.name not in used and file.stat().st_mtime < now().timestamp() - LEFTOVER_S:
            _remove(file)


def _remove(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            inner.unlink(missing_ok=True)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
