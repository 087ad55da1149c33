"""A licence file is believed as the vendor signed it, or not at all."""

import base64
import codecs
import json
import quopri
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.license.body import Revocations, canonical, encode
from appliance.core.license.document import (
    MAX_TEXT,
    LicenseError,
    VendorKey,
    decode,
    open_document,
    plain,
    sign,
)
from tests.licenses import KEYRING, NOW, PRIVATE, a_license, a_signed_license

TEXT = a_signed_license(customer="Peñaloza: Té & Cía. 茶")
START, END = TEXT.index("-----BEGIN"), len(TEXT) - 1  # what stands around the block is a mail's own


def words(text: str) -> list[str]:
    return text.split()


def test_a_file_says_what_was_signed() -> None:
    license = a_license(customer="Peñaloza: Té & Cía. 茶")
    assert open_document(TEXT, KEYRING) == license
    assert "Customer: Penaloza Te & Cia. ?" in TEXT
    assert "Seats: 10 named" in TEXT
    assert TEXT.isascii()


@pytest.mark.parametrize(
    "mailed",
    [
        TEXT.replace("\n", "\r\n"),
        "Dear customer,\n\nhere it is:\n" + TEXT + "\nRegards",
        "\n".join(f"> {line}" for line in TEXT.splitlines()),
        "\n\n".join(f"   {line}  " for line in TEXT.splitlines()),
        "\ufeff" + TEXT.rstrip("\n"),
    ],
)
def test_a_file_survives_e_mail(mailed: str) -> None:
    assert open_document(mailed, KEYRING) == open_document(TEXT, KEYRING)
    assert plain(mailed) == plain(TEXT)  # which is all that is kept


@pytest.mark.parametrize("customer", ["Tea & Co.", "=3D= " * 20])
def test_a_mail_that_was_saved_with_its_quoting(customer: str) -> None:
    text = a_signed_license(customer=customer)
    mail = f"Subject: =?utf-8?q?licencia?=\nContent-Transfer-Encoding: quoted-printable\n\nSeñores:\n{text}"
    quoted = quopri.encodestring(mail.encode()).decode()
    assert "=3D=3D" in quoted
    assert open_document(quoted, KEYRING) == open_document(text, KEYRING)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_file_that_an_editor_stored_anew(encoding: str) -> None:
    bom = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    assert open_document(decode(bom + TEXT.encode(encoding)), KEYRING) == open_document(TEXT, KEYRING)
    assert open_document(decode(b"\xff\xfa\x00\n" + TEXT.encode()), KEYRING) == open_document(TEXT, KEYRING)


@given(st.integers(START, END - 1), st.characters(codec="utf-8"))
def test_no_changed_character_is_accepted(place: int, char: str) -> None:
    changed = TEXT[:place] + char + TEXT[place + 1 :]
    if words(changed) != words(TEXT):
        with pytest.raises(LicenseError):
            open_document(changed, KEYRING)


@given(st.tuples(*[st.integers(START, END)] * 3).map(sorted), st.sampled_from(["lost", "doubled", "swapped"]))
def test_no_lost_doubled_or_swapped_part_is_accepted(places: list[int], kind: str) -> None:
    a, b, c = places
    parts = {"lost": TEXT[b:], "doubled": TEXT[a:b] * 2 + TEXT[b:], "swapped": TEXT[b:c] + TEXT[a:b] + TEXT[c:]}
    changed = TEXT[:a] + parts[kind]
    try:
        assert open_document(changed, KEYRING) == open_document(TEXT, KEYRING)
    except LicenseError:
        return
    block = "".join(words(TEXT))  # nothing but space was touched, or it stands around the whole block
    assert block in "".join(words(changed))


FIELDS = sorted(a_license().model_dump(mode="json"))


@given(st.sampled_from(FIELDS), st.one_of(st.integers(), st.text(max_size=20), st.booleans(), st.none()))
def test_no_other_value_fits_the_signature(field: str, value: Any) -> None:
    license = a_license()
    values = license.model_dump(mode="json")
    if values[field] == value and type(values[field]) is type(value):
        return
    payload = canonical(values | {field: value})
    old, new = (base64.b64encode(each).decode() for each in (encode(license), payload))
    text = sign(license, PRIVATE)
    lines = text.splitlines()
    begin, end = lines.index("") + 1, lines.index("***")
    assert "".join(lines[begin:end]) == old
    with pytest.raises(LicenseError):
        open_document("\n".join([*lines[:begin], new, *lines[end:]]), KEYRING)


def test_the_head_that_people_read_is_part_of_it() -> None:
    for old, new in (("Seats: 10 named", "Seats: 99 named"), ("Edition: voice", "Edition: omni")):
        with pytest.raises(LicenseError, match="damaged"):
            open_document(TEXT.replace(old, new), KEYRING)


def test_another_vendors_signature_is_none() -> None:
    stranger = sign(a_license(), Ed25519PrivateKey.generate())
    with pytest.raises(LicenseError, match="damaged"):
        open_document(stranger, KEYRING)
    with pytest.raises(LicenseError, match="key old-key"):
        open_document(sign(a_license(key_id="old-key"), PRIVATE), KEYRING)


def test_keys_may_be_many() -> None:
    other = Ed25519PrivateKey.generate()
    ring = (*KEYRING, VendorKey("next", other.public_key().public_bytes_raw()))
    assert open_document(sign(a_license(key_id="next"), other), ring) == a_license(key_id="next")
    with pytest.raises(LicenseError, match="damaged"):  # signed by one, named as the other
        open_document(sign(a_license(key_id="tests"), other), ring)


def test_a_newer_version_says_so() -> None:
    license = a_license()
    payload = canonical(license.model_dump(mode="json") | {"version": 2, "colour": "blue"})
    signature = PRIVATE.sign(b"appliance/license/1\n" + payload)
    coded = [base64.b64encode(each).decode() for each in (payload, signature)]
    block = ["-----BEGIN APPLIANCE LICENSE-----", "Key: tests", coded[0], "***", coded[1]]
    with pytest.raises(LicenseError, match="version 2"):
        open_document("\n".join([*block, "-----END APPLIANCE LICENSE-----"]), KEYRING)


def test_a_body_in_another_writing_is_refused_although_signed() -> None:
    payload = json.dumps(a_license().model_dump(mode="json"), indent=1).encode()
    signature = PRIVATE.sign(b"appliance/license/1\n" + payload)
    coded = [base64.b64encode(each).decode() for each in (payload, signature)]
    block = ["-----BEGIN APPLIANCE LICENSE-----", "Key: tests", coded[0], "***", coded[1]]
    with pytest.raises(LicenseError, match="damaged"):
        open_document("\n".join([*block, "-----END APPLIANCE LICENSE-----"]), KEYRING)


def test_revocations_are_signed_alike_and_never_taken_for_a_license() -> None:
    revocations = Revocations(key_id="tests", issued_at=NOW, number=3, licenses=("L-1",), seats=("seat-9",))
    text = sign(revocations, PRIVATE)
    assert open_document(text, KEYRING) == revocations
    with pytest.raises(LicenseError):
        open_document(text.replace("REVOCATIONS", "LICENSE"), KEYRING)


BEGIN = "-----BEGIN APPLIANCE LICENSE-----\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        f"{BEGIN}-----END APPLIANCE LICENSE-----",
        f"{BEGIN}-----END APPLIANCE REVOCATIONS-----",
        "x" * (MAX_TEXT + 1),
        BEGIN * (MAX_TEXT // len(BEGIN)),  # each of them is looked at once
        "\x00" * MAX_TEXT,
        "> " * (MAX_TEXT // 2),
    ],
)
def test_what_is_no_license_is_said_to_be_none(text: str) -> None:
    with pytest.raises(LicenseError):
        open_document(text, KEYRING)
