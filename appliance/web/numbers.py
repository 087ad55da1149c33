"""Whole numbers that come as text: of pages, versions and rows; what no database can hold is none."""

MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
