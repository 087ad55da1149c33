"""`appliance license`, the vendor's part: keygen, issue, inspect, revoke. It needs no database and no network."""

import argparse
import asyncio
import datetime as dt
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.adapters.vendor_keys import read_keyring, read_private, write_pair
from appliance.commands.license_words import body_lines
from appliance.commands.refusal import Refused
from appliance.core.license.body import Body, Edition, Exemption, License, Model, Revocations
from appliance.core.license.document import MAX_TEXT, Keyring, LicenseError, VendorKey, decode, open_document, sign
from appliance.core.license.order import Order, make_license
from appliance.core.license.request import read_request
from appliance.core.license.sale import check_sale, newest
from appliance.services.clock import now
from appliance.settings import Settings

PASSWORD = "LICENSE_KEY_PASSWORD"  # noqa: S105 - the name of a variable
MOST_BYTES = 4 * MAX_TEXT
GIVEN = (
    "customer", "edition", "model", "channels_per_agent", "features", "support", "grace_days", "moves",
    "not_before", "expires_at", "trial", "exemptions",
)  # fmt: skip


def add_actions(actions: Any) -> None:
    keygen = actions.add_parser("keygen", help="vendor: make a pair of keys")
    keygen.add_argument("key_id", help="names the key in every license, such as 'vendor-2027'")
    keygen.add_argument("--folder", type=Path, default=Path(), help="where both files go (default: here)")
    keygen.set_defaults(command=_keygen)
    _add_issue(actions)
    inspect = actions.add_parser("inspect", help="check a license file and print what it says")
    inspect.add_argument("file", type=Path)
    inspect.add_argument("--keys", type=Path, help="folder of public keys (default: the appliance's own)")
    inspect.set_defaults(command=_inspect)
    revoke = actions.add_parser("revoke", help="vendor: write a list of what is revoked")
    revoke.add_argument("--key", type=Path, required=True, help="the private key")
    revoke.add_argument("--after", type=Path, help="the list before; everything on it stays revoked")
    revoke.add_argument("--license", action="append", default=[], dest="licenses", metavar="NUMBER")
    revoke.add_argument("--seat", action="append", default=[], dest="seats", metavar="SEAT")
    revoke.add_argument("-o", "--output", type=Path)
    revoke.set_defaults(command=_revoke)


def _add_issue(actions: Any) -> None:
    issue = actions.add_parser("issue", help="vendor: sign a license")
    issue.add_argument("--key", type=Path, required=True, help=f"the private key; {PASSWORD} opens it if need be")
    issue.add_argument("--number", help="of the license (default: made here)")
    issue.add_argument("--customer")
    issue.add_argument("--edition", choices=get_args(Edition))
    issue.add_argument("--model", choices=get_args(Model))
    issue.add_argument("--seats", type=int, help="at least 10, in steps of 5")
    issue.add_argument("--months", type=int, help="how long; of a renewal, how much longer")
    issue.add_argument("--from", type=_day, dest="not_before", help="YYYY-MM-DD")
    issue.add_argument("--until", type=_day, dest="expires_at", help="YYYY-MM-DD")
    issue.add_argument("--channels", type=int, dest="channels_per_agent", help="per agent (default: 5)")
    issue.add_argument("--feature", action="append", dest="features", help="may be given again")
    issue.add_argument("--support", help="the support plan, in words")
    issue.add_argument("--grace-days", type=int)
    issue.add_argument("--moves", type=int, help="of a seat within 30 days (default: 2)")
    issue.add_argument(
        "--request", type=Path, action="append", default=[], help="binds it to the machine; may be given again"
    )
    issue.add_argument(
        "--replaces", type=Path, action="append", default=[], help="the license before; may be given again"
    )
    issue.add_argument("--exempt", action="append", choices=get_args(Exemption), dest="exemptions")
    issue.add_argument("--trial", action="store_true", default=None)
    issue.add_argument("-o", "--output", type=Path)
    issue.set_defaults(command=_issue)


def _day(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day such as 2027-01-31") from None


async def _keygen(_settings: Settings, arguments: argparse.Namespace) -> int:
    with _in_words():
        private, public = write_pair(arguments.folder, arguments.key_id, os.environ.get(PASSWORD, ""))
    print(f"{private}: signs licenses. Keep it off-line, and a copy of it elsewhere.")
    print(f"{public}: goes into license_keys/ of the appliance.")
    if not os.environ.get(PASSWORD):
        print(f"It is not encrypted; {PASSWORD} in the environment would do that.")
    return 0


async def _issue(settings: Settings, arguments: argparse.Namespace) -> int:
    with _in_words():
        private, ring = _key(arguments.key, settings)
        previous = [_license(path, ring) for path in arguments.replaces]
        requests = [read_request(read_file(path)) for path in arguments.request]
        wanted = arguments.seats or (requests[0].seats if requests and not previous else None)
        values = {name: getattr(arguments, name) for name in GIVEN}
        if requests and not previous:
            usual = {name: getattr(requests[0], name) or None for name in ("customer", "edition", "model")}
            values = {name: usual.get(name) if value is None else value for name, value in values.items()}
        number = arguments.number or f"L-{now():%Y%m%d}-{secrets.token_hex(3).upper()}"
        machines = [request.machine for request in requests]
        order = Order(number, wanted, arguments.months, values, previous, machines)
        fresh = [f"{number[-6:]}-{secrets.token_hex(4).upper()}" for _ in range(wanted or 0)]
        license = make_license(order, key_id=ring[0].key_id, at=now(), new_seats=fresh)
        check_sale(license, ring[0], newest(previous))
    await _write(license, private, arguments.output)
    return 0


async def _inspect(settings: Settings, arguments: argparse.Namespace) -> int:
    with _in_words():
        body = open_document(read_file(arguments.file), read_keyring(arguments.keys or settings.keys_folder))
    for line in body_lines(body):
        print(line)
    return 0


async def _revoke(settings: Settings, arguments: argparse.Namespace) -> int:
    with _in_words():
        private, ring = _key(arguments.key, settings)
        before = open_document(read_file(arguments.after), ring) if arguments.after else None
        if before is not None and not isinstance(before, Revocations):
            raise Refused(f"{arguments.after} is no list of revocations.")
        revocations = Revocations(
            key_id=ring[0].key_id,
            issued_at=now(),
            number=before.number + 1 if before else 1,
            licenses=_joined(before.licenses if before else (), arguments.licenses),
            seats=_joined(before.seats if before else (), arguments.seats),
        )
    await _write(revocations, private, arguments.output)
    return 0


def _joined(before: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    return tuple(sorted({*before, *more}))


def _key(path: Path, settings: Settings) -> tuple[Ed25519PrivateKey, Keyring]:
    """The private key, and all public ones with its own first."""
    private = read_private(path, os.environ.get(PASSWORD, ""))
    own = VendorKey(path.stem, private.public_key().public_bytes_raw(), is_trial=path.stem == "trial")
    others = (key for key in read_keyring(settings.keys_folder) if key.key_id != own.key_id)
    return private, (own, *others)


def _license(path: Path, ring: Keyring) -> License:
    body = open_document(read_file(path), ring)
    if not isinstance(body, License):
        raise Refused(f"{path} is no license.")
    return body


def read_file(path: Path) -> str:
    """No more of it than a license can have, whatever was named."""
    try:
        with path.open("rb") as file:
            return decode(file.read(MOST_BYTES))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


async def _write(body: Body, private: Ed25519PrivateKey, output: Path | None) -> None:
    text = sign(body, private)
    if output is None:
        print(text)
        return
    await asyncio.to_thread(output.write_text, text, "ascii")
    for line in body_lines(body):
        print(line)
    print(f"{output}: send it to the customer.")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except LicenseError as error:
        raise Refused(str(error)) from None
