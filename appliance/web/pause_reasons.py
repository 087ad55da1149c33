"""Why agents may pause: what the site says, else the usual set."""

from appliance.core.agents import USUAL_PAUSES
from appliance.core.site import Site
from appliance.web.language import _


def pause_reasons(site: Site | None) -> dict[str, str]:
    """Key to name, in the words of the reader where they are not the site's own."""
    if site is not None and site.pause_reasons:
        return {key: reason.name for key, reason in site.pause_reasons.items()}
    return {key: _(text) for key, text in USUAL_PAUSES.items()}
