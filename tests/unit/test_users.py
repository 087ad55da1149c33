"""Rules about people: passwords, codes, rests, what is refused of a user and of a row of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp import TOTP

from appliance.core.passwords import LEAST_MIN, MOST_MIN, password_problem
from appliance.core.problems import Invalid
from appliance.core.totp import STEP_S, accepted_step, plain_code
from appliance.core.user_rows import JudgedRow, judge_rows, read_rows, write_rows
from appliance.core.users import Company, UserChange, UserPolicy, parse_user
from appliance.web.browsers import browser_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = 1_700_000_010.0
STEP = int(AT // STEP_S)


@pytest.mark.parametrize(
    "password",
    ["four-tall-trees", "correct horse battery", "x7$kQ9pzLm", "añil-búho-cedro", "a" * 5 + "bcdefgh-otter-lamp"],
)
def test_good_passwords(password: str) -> None:
    assert password_problem(password, login="eva", name="Eva Ruiz") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least"),
        ("x" * 201, "at most"),
        ("my-EVA-password", "user name"),
        ("aaaaaaaaaaaa", "5 different"),
        ("Password123!", "easy to guess"),
        ("1234567890", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("Contraseña1", "easy to guess"),
        ("bienvenido1", "easy to guess"),
        ("isabella26", "easy to guess"),
        ("Welcome2026!", "easy to guess"),
    ],
)
def test_bad_passwords(password: str, words: str) -> None:
    refused = password_problem(password, login="eva", name="Isabella Quispe")
    assert refused is not None
    assert words in refused[0]


def test_the_shortest_length_is_settable_within_bounds() -> None:
    assert password_problem("x7$kQ9pz", login="eva", min_length=LEAST_MIN) is None
    assert password_problem("four-tall-trees", login="eva", min_length=MOST_MIN) is not None
    for bad in (LEAST_MIN - 1, MOST_MIN + 1):
        with pytest.raises(Invalid):
            parse_user(UserPolicy, {"min_password": bad})


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_phone_may_be_half_a_minute_off(drift: int) -> None:
    code = TOTP(SECRET).at((STEP + drift) * STEP_S)
    assert accepted_step(SECRET, code, at_s=AT, newest_used=0) == STEP + drift
    assert accepted_step(SECRET, f" {code[:3]} {code[3:]}\n", at_s=AT, newest_used=0) == STEP + drift


@pytest.mark.parametrize("drift", [-2, 2, 100])
def test_but_not_more(drift: int) -> None:
    code = TOTP(SECRET).at((STEP + drift) * STEP_S)
    assert accepted_step(SECRET, code, at_s=AT, newest_used=0) is None


def test_a_used_code_and_all_before_it_are_worth_nothing() -> None:
    for drift in (-1, 0, 1):
        code = TOTP(SECRET).at((STEP + drift) * STEP_S)
        assert (accepted_step(SECRET, code, at_s=AT, newest_used=STEP) is None) == (drift <= 0)


@given(st.text(max_size=80))
def test_no_text_breaks_the_check(text: str) -> None:
    found = accepted_step(SECRET, text, at_s=AT, newest_used=STEP + 1)
    assert found is None
    assert len(plain_code(text)) <= 64 * 18  # what one character may be spelled out to


def company(**users: str) -> Company:
    known = {login: UserChange.model_validate({"name": login.title(), "role": role}) for login, role in users.items()}
    return Company(known, {"ana", "luis"}, "root")


def judged(text: str, **users: str) -> list[JudgedRow]:
    return list(judge_rows(read_rows(text), company(**users)))


def test_rows_are_judged_as_if_those_before_were_stored() -> None:
    rows = judged("login,name,role,agent\na,A,agent,ana\nb,B,agent,ana\nc,C,agent,luis\nd,D,agent,\n")
    assert [row.verdict for row in rows] == ["new", "refused", "new", "new"]
    assert rows[1].problems[0].text() == "this agent is 'a' already"


def test_a_file_cannot_take_the_last_administrator_away_row_by_row() -> None:
    rows = judged("login,name,role\neva,Eva,auditor\nleo,Leo,auditor\n", eva="administrator", leo="administrator")
    assert [row.verdict for row in rows] == ["changed", "refused"]


def test_a_column_that_is_missing_keeps_what_is_stored() -> None:
    text = "role,login,name\nsupervisor,eva,Eva\n"
    rows = judged(text, eva="auditor")
    assert rows[0].changes() == {"role": ("auditor", "supervisor")}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_is_written_is_read_again(separator: str) -> None:
    users = company(eva="administrator", leo="agent").users
    text = write_rows(users, ["eva", "leo"]).replace(",", separator)
    rows = list(judge_rows(read_rows("\ufeff" + text), Company(users, set(), "root")))
    assert [row.verdict for row in rows] == ["same", "same"]


@given(st.text(max_size=300))
def test_no_file_breaks_the_reading(text: str) -> None:
    for whole in (text, "login,name,role,agent,active\n" + text):
        try:
            rows = judged(whole, eva="administrator")
        except Invalid:
            continue
        assert all((row.user is None) == (row.verdict == "refused") == bool(row.problems) for row in rows)


@pytest.mark.parametrize(
    ("agent", "seen"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("Mozilla/5.0 (Macintosh; Intel) AppleWebKit/605 Version/18 Safari/605", ("Safari", "macOS")),
        ("curl/8.14.1", ("curl", "")),
        ("", None),
    ],
)
def test_browsers_are_named(agent: str, seen: tuple[str, str] | None) -> None:
    assert browser_of(agent) == seen
