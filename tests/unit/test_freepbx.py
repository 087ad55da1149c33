"""FreePBX's rows to our entities: what each column becomes, where calls go, and what is said of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.freepbx import Imported, TableError, folded, map_tables, read_table, row_ranges
from appliance.core.freepbx.destinations import read_destination
from appliance.core.freepbx.draft import Draft, plain_title
from appliance.core.problems import Problem, check_site
from appliance.core.site import Site
from tests.sites import a_site

SECRET = "a35fe7f7fe8217b4"
PHONES = f"extension,name,tech,secret,voicemail\n1001,Ana,pjsip,{SECRET},default\n1002,Luis,sip,{SECRET},novm\n"
QUEUES = "extension,descr,maxwait,dest,strategy,member\n400,Sales,60,,rrmemory,1001\n"


def imported(*texts: str, present: Site | None = None, replace: bool = False) -> Imported:
    tables = [read_table(f"{number}.csv", text.encode()) for number, text in enumerate(texts, 1)]
    return map_tables(tables, present or Site(), replace=replace)


def said(found: Imported) -> list[tuple[str, str, str, str]]:
    return [(row_ranges(rows), each.column, each.outcome, each.text()) for each, rows in folded(found.findings)]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("number,description\n555,Ñandú\n".encode(), "Ñandú"),
        (b"\xef\xbb\xbfnumber,description\r\n555,x\r\n", "x"),
        ("number;description\r\n555;a,b\r\n".encode("latin-1"), "a,b"),
        ("Number\tDescription\n555\tÑandú – €\n".encode("cp1252"), "Ñandú – €"),
        (b'\n"number","description"\n\n"555","say ""no"""\n', 'say "no"'),
        (b"number,description,,\n555,x,,\n,,,\n", "x"),
        (b"number\tdescription\n555\tNULL\nNULL\tNULL\n", ""),
    ],
    ids=["utf-8", "mark", "latin-1 and ;", "cp1252 and tab", "quotes and empty lines", "empty columns", "NULL"],
)
def test_encodings_and_separators(content: bytes, names: str) -> None:
    table = read_table("x.csv", content)
    assert table.columns == ("number", "description")
    assert [row.cells for row in table.rows] == [{"number": "555", "description": names}]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    table = read_table("x.csv", b'\nnumber,description\n\n1,"two\nlines"\n2,x\n')
    assert [row.number for row in table.rows] == [4, 5]


@pytest.mark.parametrize("content", [b"", b"\n\n,,\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_table(content: bytes) -> None:
    with pytest.raises(TableError, match="empty"):
        read_table("x.csv", content)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        table = read_table("x.csv", content)
    except TableError:
        return
    assert map_tables([table], Site()).site == Site() or table.rows


@pytest.mark.parametrize(
    ("text", "kinds", "number"),
    [
        ("ext-queues,400,1", ("queue",), "400"),
        ("from-did-direct,1001,1", ("extension",), "1001"),
        ("ext-local,vmu1001,1", ("voicemail",), "1001"),
        ("ext-local,vmb1001,1", ("voicemail",), "1001"),
        ("ext-findmefollow,FM818,1", ("extension",), "818"),
        ("ext-group,600,1", ("group",), "600"),
        ("ext-meetme,8000,1", ("conference",), "8000"),
        ("from-internal,77,1", ("extension", "queue", "group", "conference"), "77"),
        ("app-blackhole,hangup,1", (), ""),
        ("ivr-3,s,1", (), ""),
        ("ext-queues,400) && System(id,1", (), ""),
        ("ext-queues,٤٠٠,1", (), ""),
    ],
)
def test_destinations_are_read(text: str, kinds: tuple[str, ...], number: str) -> None:
    assert read_destination(text) == (kinds, number)


ROUTE = "cidnum,extension,description,destination\n,5550100,Main,{}\n"


@pytest.mark.parametrize(
    ("text", "becomes", "reason"),
    [
        ('"ext-queues,400,1"', "queue:400", ""),
        ('"from-did-direct,1002,1"', "extension:1002", ""),
        ('"ext-local,vmu1001,1"', "voicemail:1001", ""),
        ('"from-internal,400,1"', "queue:400", ""),
        ('"app-blackhole,hangup,1"', "hangup", ""),
        ('"ext-findmefollow,FM1002,1"', "extension:1002", "follow-me list is not taken"),
        ('"ext-local,vmu1002,1"', "hangup", "neither in these files nor here"),
        ('"ext-queues,401,1"', "hangup", "neither in these files nor here"),
        ('"app-blackhole,busy,1"', "hangup", "without a tone"),
        ('"timeconditions,1,1"', "hangup", "depends on the time"),
        ('"app-daynight,0,1"', "hangup", "depends on the time"),
        ('"ivr-3,s,1"', "hangup", "is a menu"),
        ('"app-announcement-2,s,1"', "hangup", "is an announcement"),
        ('"ext-miscdests,9,1"', "hangup", "has no counterpart"),
        ("", "hangup", "leads nowhere"),
    ],
)
def test_a_route_leads_where_it_led(text: str, becomes: str, reason: str) -> None:
    found = imported(PHONES, QUEUES, ROUTE.format(text))
    assert found.site.inbound_routes["5550100"].destination == becomes
    reasons = [message for _rows, column, _outcome, message in said(found) if column == "destination"]
    assert len(reasons) == bool(reason)
    assert all(reason in message for message in reasons)
    assert not check_site(found.site)


@pytest.mark.parametrize(
    ("did", "key"),
    [("5550100", "5550100"), ("+5115550100", "+5115550100"), ("_55502XX", "55502XX"), ("_555.", "555*")],
)
def test_numbers_and_patterns(did: str, key: str) -> None:
    assert list(imported(ROUTE.format("").replace("5550100", did)).site.inbound_routes) == [key]


@pytest.mark.parametrize("did", ["", "any", "s"])
def test_a_route_for_every_number_is_where_numbers_without_a_route_go(did: str) -> None:
    route = f'cidnum,extension,description,destination\n,{did},Reception,"ext-queues,400,1"\n'
    found = imported(PHONES, QUEUES, route)
    assert found.site.settings.unknown_did_destination == "any-number"
    assert found.site.announcements["any-number"].destination == "queue:400"
    assert not check_site(found.site)
    again = imported(route, present=found.site)
    assert again.site == found.site
    assert [(column, outcome) for _rows, column, outcome, _message in said(again)] == [("extension", "left")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",_555[3-5]X,x,", "extension"),
        (",_NXXXXXX,x,", "extension"),
        ("5550666,5550100,nuisance,", "cidnum"),
    ],
)
def test_routes_that_cannot_be_taken(row: str, column: str) -> None:
    found = imported(f"cidnum,extension,description,destination\n{row}\n")
    assert found.taken == ()
    assert [(rows, where, outcome) for rows, where, outcome, _message in said(found)] == [("2", column, "left")]


def test_members_become_agents_each_once_and_in_their_order() -> None:
    details = 'id,keyword,data,flags\n400,member,"{}",1\n400,member,"{}",0\n400,member,"{}",2\n'
    config = "extension,descr,maxwait\n400,Sales,\n"
    found = imported(PHONES, config, details.format("Local/1001@from-queue/n,12", "PJSIP/1002,1", "SIP/1001,0"))
    assert [(m.agent, m.penalty) for m in found.site.queues["400"].members] == [("luis", 1), ("ana", 9)]
    assert {key: agent.extension for key, agent in found.site.agents.items()} == {"ana": "1001", "luis": "1002"}
    assert said(found) == []


@pytest.mark.parametrize("member", ["Agent/77,0", "09171234567#", "Local/1009@from-queue/n,0", "1001 && id"])
def test_members_that_are_no_extension(member: str) -> None:
    found = imported(PHONES, "extension,descr,maxwait\n400,x,\n", f'id,keyword,data,flags\n400,member,"{member}",0\n')
    assert found.site.queues["400"].members == []
    assert [message for *_place, message in said(found)] == [f"{member} is no extension here"]


def test_the_agent_who_is_here_already_is_the_member() -> None:
    found = imported(QUEUES, present=a_site())
    assert [member.agent for member in found.site.queues["400"].members] == ["ana"]
    assert found.site.agents == a_site().agents


def test_what_is_here_stays_unless_it_is_replaced() -> None:
    kept = imported(PHONES, present=a_site())
    assert kept.site == a_site()
    assert [message for *_place, message in said(kept)] == [
        "'1001' exists here already and stays as it is",
        "'1002' exists here already and stays as it is",
    ]
    replaced = imported(PHONES, present=a_site(), replace=True).site.extensions["1001"]
    assert (replaced.name, replaced.secret, replaced.voicemail_pin) == ("Ana", SECRET, "4711")


def test_a_weak_password_is_not_taken_and_said_without_telling_it() -> None:
    found = imported("extension,name,tech,secret\n1001,Ana,sip,terces\n")
    assert found.site.extensions["1001"].secret == ""
    assert {(column, outcome) for _rows, column, outcome, _message in said(found)} == {("secret", "changed")}
    assert "terces" not in str(said(found))


def test_groups_keep_those_phones_that_are_here() -> None:
    groups = 'grpnum,description,grplist,postdest\n600,Desk,1001-0917#,"ext-queues,400,1"\n601,None,77,\n'
    found = imported(PHONES, groups)
    assert [member.extension for member in found.site.ring_groups["600"].members] == ["1001"]
    assert found.site.ring_groups["600"].destination == "hangup"
    assert list(found.site.ring_groups) == ["600"]
    assert [rows for rows, *_rest in said(found)] == ["2", "2", "3", "3"]


def test_what_the_whole_site_refuses_is_left_after_all() -> None:
    draft = Draft(a_site(), replace=True)
    row = read_table("x.csv", b"extension,tech,name\n1001,sip,Eva\n").rows[0]
    assert draft.put(row, "extensions", {"key": "1001", "name": "Eva"}, {})
    assert draft.site.extensions["1001"].name == "Eva"
    problem = Problem(("extensions", "1001", "key"), "is taken")
    assert draft.take_back(problem)
    assert not draft.take_back(problem)
    assert (draft.site, draft.taken) == (a_site(), [])
    assert [finding.text() for finding in draft.findings] == ["it cannot be here: is taken"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Ana López", "Ana López"),
        ("Mesa; de [ayuda]", "Mesa de [ayuda]"),
        ("#1 ${SHELL(id)}", "1 {SHELL(id)}"),
        ("[general]", "general]"),
        ("a\r\nb\x00c", "a b c"),
        ("x" * 100, "x" * 80),
        (";", "-"),
    ],
)
def test_names_lose_what_may_not_stand_in_them(name: str, title: str) -> None:
    assert plain_title(name) == title


@given(st.text(max_size=90))
def test_every_name_becomes_a_good_one(name: str) -> None:
    row = read_table("x.csv", b"extension,tech,name\n1001,sip,NAME\n").rows[0]
    row.cells["name"] = name.strip()
    table = read_table("x.csv", b"extension,tech,name\n")
    found = map_tables([type(table)("x.csv", table.columns, (row,))], Site())
    assert list(found.site.extensions) == ["1001"]


def test_an_unknown_table_is_told_by_its_columns() -> None:
    assert said(imported("trunkid,channelid\n1,line\n")) == [
        ("", "", "left", "this table is not known here; its columns are trunkid, channelid")
    ]


def test_the_same_said_of_many_rows_is_one_line() -> None:
    rows = "".join(f"{number},x,iax2\n" for number in (1001, 1002, 1003))
    found = imported(f"extension,name,tech\n{rows}1004,ok,sip\n1005,x,dahdi\n")
    assert said(found)[0] == ("2-4, 6", "tech", "left", "only SIP phones can be used here")
    assert row_ranges([0]) == ""
