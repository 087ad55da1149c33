"""Fixtures for tests with a real Asterisk and real phones: one Asterisk and one set of phones serve all call tests."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from baresip import Runtime

from tests.pbx.call_site import ANA, LUIS, PROMPTS, call_site
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Phone, signed_in
from tests.pbx.tones import write_tone


@pytest.fixture(scope="session")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("centre")), asterisk_program())
    for language in ("en", "es"):
        for key, frequency in PROMPTS.items():
            write_tone(Path(node.facts.prompts, language, f"{key}.wav"), frequency, 0.6)
    async with running(node, call_site(dt.datetime.now(dt.UTC).date()), runtime) as centre:
        yield centre


@pytest.fixture(scope="session")
async def phones(centre: Centre) -> AsyncIterator[dict[str, Phone]]:
    phones = await signed_in(centre.ami, centre.runtime, centre.server, {"1001": ANA, "1002": LUIS})
    yield phones
    for phone in phones.values():
        await phone.unregister()


@pytest.fixture
async def ana(phones: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield phones["1001"]
    await phones["1001"].put_down()


@pytest.fixture
async def luis(phones: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield phones["1002"]
    await phones["1002"].put_down()
