"""All exported tables to one site: each is recognised by its columns, and taken in the order that references need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core.freepbx import extensions, groups, queues, routes
from appliance.core.freepbx.destinations import settle
from appliance.core.freepbx.draft import Draft
from appliance.core.freepbx.report import Finding, Taken
from appliance.core.freepbx.tables import Table
from appliance.core.problems import check_site
from appliance.core.site import SECTIONS, Site
from appliance.core.words import N_


@dataclass(frozen=True)
class Imported:
    """The present site with what was taken, and what is said about it."""

    site: Site
    taken: tuple[Taken, ...]
    findings: tuple[Finding, ...]


# What a table is, and what takes it; phones first, for all others refer to them.
_KINDS: tuple[tuple[Callable[[Table], bool], Callable[[Draft, Table], None]], ...] = (
    (extensions.is_extensions, extensions.put_extensions),
    (groups.is_groups, groups.put_groups),
    (groups.is_conferences, groups.put_conferences),
    (routes.is_routes, routes.put_routes),
    (extensions.is_extensions, extensions.put_direct_numbers),
    (routes.is_blacklist, routes.put_blacklist),
)


def map_tables(tables: Sequence[Table], present: Site, *, replace: bool = False) -> Imported:
    """What is in `present` stays; with `replace`, an entry of the same key takes the values of the files."""
    draft = Draft(present, replace=replace)
    known = [table for table in tables if is_known(table)]
    of_queues = [table for table in known if queues.is_queues(table)]
    for recognise, take in _KINDS:
        for table in (table for table in known if table not in of_queues and recognise(table)):
            take(draft, table)
    _take_queues(draft, of_queues, [table for table in known if queues.is_queue_details(table)])
    settle(draft)
    _fit(draft)
    unknown = [_unknown(table) for table in tables if table not in known]
    return Imported(draft.site, tuple(draft.taken), (*unknown, *draft.findings))


def is_known(table: Table) -> bool:
    ours = (queues.is_queues, queues.is_queue_details, *(recognise for recognise, _take in _KINDS))
    return any(recognise(table) for recognise in ours)


def _take_queues(draft: Draft, tables: list[Table], of_details: list[Table]) -> None:
    details = queues.read_details(of_details)
    for table in tables:
        queues.put_queues(draft, table, details)
    queues.tell_orphans(draft, details)


def _fit(draft: Draft) -> None:
    """What only the site as a whole can refuse, such as a number twice; it may leave others without a target."""
    for _round in SECTIONS:
        problems = {problem.path[:2]: problem for problem in reversed(check_site(draft.site))}
        if not any([draft.take_back(problem) for problem in problems.values()]):  # all of them, not the first
            return


def _unknown(table: Table) -> Finding:
    message = N_("this table is not known here; its columns are {columns}")
    columns = ", ".join(table.columns[:8]) + (", ..." if len(table.columns) > 8 else "")
    return Finding(table.file, 0, "", "left", message, {"columns": columns})
