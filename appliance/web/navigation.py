"""The menu of the console: which pages there are and which roles see them."""

from dataclasses import dataclass

from appliance.core.access import ANYONE_SIGNED_IN, AUDIT, EDIT, VIEW, Role
from appliance.core.site import SECTIONS
from appliance.core.words import N_


@dataclass(frozen=True)
class Link:
    title: str
    path: str
    icon: str
    roles: frozenset[Role] = VIEW
    is_whole: bool = False  # of the whole centre: not for who sees a part of it

    def leads_to(self, path: str) -> bool:
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class LinkGroup:
    title: str
    links: tuple[Link, ...]

    def leads_to(self, path: str) -> bool:
        return any(link.leads_to(path) for link in self.links)


def section_path(section: str) -> str:
    return "/" + section.replace("_", "-")


def _sections(*names: str) -> tuple[Link, ...]:
    return tuple(Link(SECTIONS[name].PLURAL, section_path(name), SECTIONS[name].ICON) for name in names)


_NOW = LinkGroup(
    N_("Today"),
    (
        Link(N_("Overview"), "/", "layout-dashboard"),
        Link(N_("Board"), "/board", "activity"),
        Link(N_("Interactions"), "/interactions", "history"),
        Link(N_("Callbacks"), "/callbacks", "phone-outgoing"),
        Link(N_("Contacts"), "/contacts", "address-book"),
    ),
)
# In the order in which a new centre is set up: people, then the way of a call to them, then what is rarely touched.
_GROUPS = (
    _NOW,
    LinkGroup(
        N_("People"),
        (
            Link(N_("New person"), "/people/new", "user-plus", EDIT),
            *_sections("agents", "extensions", "ring_groups", "conferences"),
            Link(N_("Users"), "/users", "users", EDIT),
            *_sections("security_groups"),
        ),
    ),
    LinkGroup(
        N_("Callers' way"),
        (
            Link(N_("Map"), "/map", "route"),
            *_sections("inbound_routes", "schedules", "menus", "queues", "campaigns", "blacklist", "vips"),
        ),
    ),
    LinkGroup(
        N_("Calling out"),
        (
            *_sections("dialers", "lists", "contact_filters"),
            Link(N_("Do not call"), "/do-not-call", "phone-off"),
        ),
    ),
    LinkGroup(
        N_("Sounds and steps"),
        _sections("prompts", "music", "announcements", "branches", "inputs", "lookups", "surveys"),
    ),
    LinkGroup(
        N_("Agents' work"), _sections("agent_rules", "pause_reasons", "dispositions", "forms", "scripts", "screen_pops")
    ),
    LinkGroup(N_("Supervision"), _sections("alarms", "wallboards")),
    LinkGroup(N_("Lines"), _sections("trunks", "outbound_routes")),
    LinkGroup(
        N_("System"),
        (
            *_sections("general", "mail", "feature_codes"),
            Link(N_("License"), "/license", "key", is_whole=True),
            Link(N_("Revisions"), "/revisions", "file-diff", is_whole=True),
            Link(N_("Changes"), "/changes", "history", AUDIT),
            Link(N_("Set up step by step"), "/setup", "list-details", EDIT),
            Link(N_("Import"), "/import/freepbx", "upload", EDIT),
        ),
    ),
)
_MY_WORK = Link(N_("My work"), "/me", "headset", ANYONE_SIGNED_IN)
_AGENT = (
    LinkGroup(
        N_("Today"),
        (
            _MY_WORK,
            Link(N_("Contacts"), "/contacts", "address-book", ANYONE_SIGNED_IN),
        ),
    ),
)


def navigation(role: Role, *, is_agent: bool = False, is_limited: bool = False) -> tuple[LinkGroup, ...]:
    """Who watches others may be an agent too."""
    now, *others = _GROUPS if role in VIEW else _AGENT
    if is_agent and _MY_WORK not in now.links:
        now = LinkGroup(now.title, (_MY_WORK, *now.links))
    return tuple(
        LinkGroup(
            group.title,
            tuple(link for link in group.links if role in link.roles and not (link.is_whole and is_limited)),
        )
        for group in (now, *others)
    )


def unlisted() -> set[str]:
    """Sections that no link leads to; there must be none."""
    paths = {link.path for group in _GROUPS for link in group.links}
    return {name for name in SECTIONS if section_path(name) not in paths}
