"""Keys of a field sort as its values do, whatever is in it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.lists.sort_keys import LONGEST, sort_key, span_of

numbers = st.one_of(
    st.integers(-(10**17), 10**17).map(Decimal),
    st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=6),
    st.integers(-100, 100).map(lambda n: Decimal(n) / 10),
)
values = st.one_of(st.text(max_size=120), numbers.map(lambda n: f"{n:f}"), st.none())


def key(value: object) -> str:
    return sort_key("Debt", value)


@given(numbers, numbers)
def test_numbers_are_in_their_order(one: Decimal, other: Decimal) -> None:
    keys = key(f"{one:f}"), key(f"{other:f}")
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (one < other, one == other)


@given(numbers)
def test_a_number_may_be_written_in_several_ways(number: Decimal) -> None:
    written = f"{number:f}"
    plus = written if written.startswith("-") else f"+{written}"
    others = (written.replace(".", ","), f" {plus} ", written.replace("-", "-00") if number < 0 else f"00{written}")
    assert {key(each) for each in others} == {key(written)}


@pytest.mark.parametrize(
    "expected",
    [
        ["-1000", "-12.5", "-12", "-0.5", "0", "0.05", "0,5", "9", "10", "10.5", "1000", "1" + "0" * 60, "apple"],
        ["2024-12-31", "2025-01-01", "2025-01-01 10:00", "2026-05-01"],
        ["Ana", "ana maria", "Anabel", "BEA", "bob", "Ñandú", "王"],
    ],
)
def test_orders(expected: list[str]) -> None:
    assert sorted(expected, key=key) == expected
    assert len({key(each) for each in expected}) == len(expected)


@given(values, st.text(min_size=1, max_size=60))
def test_every_value_stands_in_the_span_of_its_field(value: str | None, field: str) -> None:
    found, span = sort_key(field, value), span_of(field)
    assert span.begin <= found < span.end
    assert (found < span.first) == (found == span.begin)
    assert len(found) <= LONGEST
    found.encode()
    assert "\0" not in found


@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_are_in_the_order_of_their_letters(one: str, other: str) -> None:
    first, second = (" ".join(f"x{each}".split()) for each in (one, other))
    if first.isprintable() and second.isprintable() and first.casefold() <= second.casefold():
        assert key(first) <= key(second)


@given(values)
def test_who_has_no_value_is_known_and_another_field_is_another_span(value: str | None) -> None:
    assert key("") == key(None) == key("  ") == span_of("Debt").begin
    other = span_of("Age")
    assert not other.begin <= key(value) < other.end
