"""What a row becomes: numbers written internationally, zones from numbers, and refusals with their reason."""

import random

import pytest
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    example_number_for_type,
    format_number,
    is_possible_number_with_reason,
    national_significant_number,
    parse,
)
from phonenumbers.phonenumberutil import NumberParseException, country_code_for_region

from appliance.core.lists.layout import ColumnUse, Layout, Use
from appliance.core.lists.numbers import NumberReader
from appliance.core.lists.rows import Candidate, Ground, Reject, RowReader
from appliance.core.lists.zones import zone_of
from appliance.core.number_plan import first_match, plan_of

GROUND = Ground("PE", {"ana": "ana-lopez", "1001": "ana-lopez"})


def read(uses: list[Use], cells: list[str]) -> Candidate | Reject:
    columns = [ColumnUse(name=f"c{index}", use=use) for index, use in enumerate(uses)]
    return RowReader(Layout(columns=columns), GROUND).read(7, cells)


def reason(found: Candidate | Reject) -> str:
    assert isinstance(found, Reject)
    return found.reason.format(value=found.value)


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("PE", "987654321", "+51987654321"), ("PE", "987 654-321", "+51987654321"),
        ("PE", "01 444 5555", "+5114445555"),
        ("PE", "0051987654321", "+51987654321"), ("PE", "51987654321", "+51987654321"),
        ("PE", "+44 20 7123 4567", "+442071234567"), ("PE", "987654321.0", "+51987654321"),
        ("PE", "12345", ""), ("PE", "9876543210123", ""), ("PE", "+999123456789", ""), ("PE", "Ana", ""),
        ("PE", "+5198765", ""), ("PE", "987654321x", ""), ("US", "(212) 555-0100", "+12125550100"),
        ("US", "1-212-555-0100", "+12125550100"), ("US", "555-0100", ""), ("MX", "55 1234 5678", "+525512345678"),
        ("AR", "011 4123-4567", "+541141234567"), ("AR", "011 15-2345-6789", "+5491123456789"),
        ("NU", "7012", "+6837012"), ("GB", "020 7123 4567", "+442071234567"),
        ("ID", "0812-3456-7890", "+6281234567890"), ("ID", "62812 3456789", "+628123456789"),
        ("ID", "021 62812345", "+622162812345"), ("MX", "+52 1 55 1234 5678", "+525512345678"),
        ("MX", "044 55 1234 5678", "+525512345678"), ("", "+52 1 55 1234 5678", "+525512345678"),
        ("", "987654321", "987654321"), ("", "+51987654321", "+51987654321"),
        ("", "123", ""),
    ],
)  # fmt: skip
def test_numbers(country: str, written: str, number: str) -> None:
    reader = NumberReader(country)
    assert reader.read(written) == number
    assert reader.read(written) == number  # and as it was remembered


@pytest.mark.parametrize("country", ["PE", "US", "GB", "DE", "ID", "BR", "MX", "AR", "ES", "IT"])
def test_numbers_are_possible_where_the_library_says_so(country: str) -> None:
    reader = NumberReader(country)
    for length in range(5, 16):
        for first in "23456789":
            text = "+" + (first + "0123456789012345")[:length]
            try:
                expected = is_possible_number_with_reason(parse(text, None)) == ValidationResult.IS_POSSIBLE
            except NumberParseException:
                expected = False
            assert bool(reader.read(text)) == expected, text


@pytest.mark.parametrize("region", sorted(SUPPORTED_REGIONS))
def test_numbers_are_what_the_library_says_however_they_are_written(region: str) -> None:
    reader = NumberReader(region)
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        found = example_number_for_type(region, kind)
        if found is not None:
            forms = PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL
            written = {national_significant_number(found), *(format_number(found, form) for form in forms)}
            expected = {text: format_number(parse(text, region), PhoneNumberFormat.E164) for text in written}
            assert {text: reader.read(text) for text in written} == expected


@pytest.mark.parametrize("country", ["PE", "US", "GB", "DE", "ID", "BR", "MX", "AR", "ES", "IT", "RU", "NZ"])
def test_numbers_are_what_the_plan_says(country: str) -> None:
    """The dialplan reads who calls by the same plan: a contact must be found under what it makes of a number. It does
    not know the country's code without a plus where numbers may be as long with it as without."""
    reader, pick, code = NumberReader(country), random.Random(country), str(country_code_for_region(country))
    for _ in range(3000):
        text = str(pick.randrange(10 ** pick.randrange(5, 16))).zfill(pick.randrange(5, 14))
        rule = first_match(plan_of(country).to_e164, text)
        if rule is None or not NumberReader("").read(f"+{rule.applied(text)}"):
            continue
        if text.startswith(code):
            library = format_number(parse(text, country), PhoneNumberFormat.E164)
            assert reader.read(text) in ("", f"+{rule.applied(text)}", library), text
        else:
            assert reader.read(text) == f"+{rule.applied(text)}", text


@pytest.mark.parametrize(
    ("number", "zone"),
    [("+51987654321", "America/Lima"), ("+12125550100", "America/New_York"), ("+13105550100", "America/Los_Angeles"),
     ("+5548999887766", "America/Sao_Paulo"), ("+18005550100", ""), ("987654321", ""), ("", "")],
)  # fmt: skip
def test_zones(number: str, zone: str) -> None:
    assert zone_of(number) == zone


def test_a_row() -> None:
    uses: list[Use] = [
        "home",
        "mobile",
        "name",
        "name",
        "key",
        "priority",
        "owner",
        "zone",
        "field",
        "notes",
        "numbers",
    ]
    cells = [
        "01 4445555",
        "987654321",
        "Ana",
        "Ruiz",
        "A-1",
        "9999",
        "Ana",
        "america/bogota",
        "Li\nma",
        "a\nb",
        "011234567:x",
    ]
    found = read(uses, cells)
    assert isinstance(found, Candidate)
    assert found.numbers == (("home", "+5114445555"), ("mobile", "+51987654321"), ("other", "+5111234567"))
    assert (found.name, found.own_key, found.priority, found.owner) == ("Ana Ruiz", "A-1", 9999, "ana-lopez")
    assert (found.zone, found.fields, found.notes) == ("America/Bogota", {"c8": "Li ma"}, "a\nb")


def test_a_row_with_a_number_alone() -> None:
    found = read(["mobile"], ["987654321"])
    assert isinstance(found, Candidate)
    assert (found.name, found.priority, found.zone) == ("+51987654321", 100, "America/Lima")


@pytest.mark.parametrize(
    ("uses", "cells", "told"),
    [
        (["mobile", "name"], ["", "Ana"], "it has no telephone number"),
        (["mobile"], ["123"], "123 is no number that a telephone can have"),
        (
            ["mobile"],
            ["34911234567"],
            "34911234567 is no number of the list's country; if it has another one's code, write it with + in front",
        ),
        (["mobile"], ["9.87654E+8"], "the digits of 9.87654E+8 were lost in the spreadsheet"),
        (["mobile", "owner"], ["987654321", "nobody"], "there is no agent nobody"),
        (["mobile", "zone"], ["987654321", "Mars"], "there is no time zone Mars"),
        (["mobile", "priority"], ["987654321", "high"], "the priority high is no whole number from 0 to 9999"),
        (
            ["mobile", "priority"],
            ["987654321", "0" * 8 + "1" * 30],
            "the priority 00000000111111111111 is no whole number from 0 to 9999",
        ),
        (["mobile", "email"], ["987654321", "ana at home"], "ana at home is no e-mail address"),
        (["mobile", "field"], ["987654321", "x" * 121], "longer than 120 characters"),
    ],
)
def test_refusals(uses: list[Use], cells: list[str], told: str) -> None:
    assert reason(read(uses, cells)) == told


def test_without_a_country_only_international_numbers_are_taken() -> None:
    reader = RowReader(Layout(columns=[ColumnUse(use="mobile"), ColumnUse(use="work")]), Ground(""))
    found = reader.read(1, ["987654321", ""])
    assert reason(found) == "987654321 has no country code, and neither the list nor the centre has a country"
    found = reader.read(2, ["987654321", "+51 987 654 321"])
    assert isinstance(found, Candidate)
    assert found.numbers == (("work", "+51987654321"),)


def test_ucontact_names_its_fields_as_a_card_may_have_them() -> None:
    cells = ["sales", "987654321", "a\0b\ud800=1:\0=2:" + "x" * 80 + "=3", "", "0000000019", "1001"]
    found = RowReader(Layout(shape="ucontact"), GROUND).read(1, cells)
    assert reason(found) == "the priority 0000000019 is no whole number from 0 to 9999"
    found = RowReader(Layout(shape="ucontact"), GROUND).read(1, [*cells[:4], "0", ""])
    assert isinstance(found, Candidate)
    assert found.priority == 0
    assert found.fields == {"a b": "1:\0=2".replace("\0", " "), "x" * 60: "3"}


def test_ucontact() -> None:
    cells = ["sales", "987654321", "nombre=Ana:at=10:30:debt=5", "014445555:011234567", "9999", "1001"]
    found = RowReader(Layout(shape="ucontact"), GROUND).read(1, cells)
    assert isinstance(found, Candidate)
    assert (found.name, found.fields, found.priority, found.owner) == (
        "Ana", {"at": "10:30", "debt": "5"}, 9999, "ana-lopez",
    )  # fmt: skip
    assert [number for _kind, number in found.numbers] == ["+51987654321", "+5114445555", "+5111234567"]
