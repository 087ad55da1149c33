"""Accents of old software: which of the two pages a file was written in."""

import pytest

from appliance.core.lists.code_pages import balance

NAMES = [
    "José", "Núñez", "María", "Gálvez", "Ramón", "Agüero", "Peña", "Ñahui", "Ángel", "Élida", "Conceição", "João Açaí",
    "Antônio", "Inês", "MUÑOZ", "JOSÉ", "Cristóbal;Lima", "Zoë Müller", "François",
]  # fmt: skip


@pytest.mark.parametrize("page", ["cp850", "cp1252"])
def test_a_file_of_names(page: str) -> None:
    found = balance("\r\n".join(NAMES).encode(page))
    assert (found > 0) == (page == "cp850")
    assert abs(found) > len(NAMES) / 2


@pytest.mark.parametrize("name", ["José", "Núñez", "María", "Gálvez", "Peña", "Ñahui", "MUÑOZ", "Inês"])
def test_one_name_is_enough(name: str) -> None:
    assert balance(name.encode("cp850")) > 0 > balance(name.encode("cp1252"))


@pytest.mark.parametrize("text", ["O’Brien", "Ana\xa0Ruiz", "“Ana” – 10 €", "Preis: 5 £", "¡Hola", "plain"])
def test_what_windows_writes_too_is_no_sign_of_dos(text: str) -> None:
    assert balance(text.encode("cp1252")) <= 0
