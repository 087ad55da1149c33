"""What to do next after something was stored that works, but not yet as people expect."""

from appliance.core.site import Site
from appliance.core.words import N_

# The list that should not stay empty, and what happens while it is.
EMPTY_LISTS: dict[str, tuple[str, str]] = {
    "queues": ("members", N_("Nobody works in it yet: callers wait in vain. Open it and add agents.")),
    "schedules": ("hours", N_("It has no opening hours yet: it is always closed. Open it and add hours.")),
}


def hint_of(site: Site, section: str, saved: str) -> str:
    """Empty where there is nothing to say."""
    field, hint = EMPTY_LISTS.get(section, ("", ""))
    entity = site.section(section).get(saved)
    return hint if entity is not None and field and not getattr(entity, field, True) else ""
