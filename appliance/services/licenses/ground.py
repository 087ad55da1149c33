"""What a process knows before it reads any licence: the vendor's public keys, and which machine this is."""

import asyncio
from pathlib import Path

from appliance.adapters.machine import read_properties
from appliance.adapters.vendor_keys import USUAL_FOLDER, read_keyring
from appliance.core.license.body import Machine
from appliance.core.license.document import Keyring
from appliance.core.license.machine import fingerprint_of


class _Ground:
    """One process has one vendor: a licence is read wherever a transaction is, and no page or command hands keys on."""

    folder = USUAL_FOLDER
    keyring: Keyring | None = None
    here: Machine | None = None


def use_keys(folder: Path) -> None:
    """Before anything is read; the settings say which folder."""
    if folder != _Ground.folder:
        _Ground.folder, _Ground.keyring = folder, None


def keys_folder() -> Path:
    return _Ground.folder


async def keyring() -> Keyring:
    if _Ground.keyring is None:
        _Ground.keyring = await asyncio.to_thread(read_keyring, _Ground.folder)
    return _Ground.keyring


async def this_machine() -> Machine:
    if _Ground.here is None:
        _Ground.here = fingerprint_of(await asyncio.to_thread(read_properties))
    return _Ground.here
