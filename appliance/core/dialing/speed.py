"""What decides how fast a dialer calls."""

from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.pacing.seen import Rules
from appliance.core.site import Site

_PACED = ("progressive", "power", "predictive")


def pace_rules(site: Site, dialer: Dialer) -> Rules:
    """With the knobs as they are in `dialer`: see `DialerState.pace_of`."""
    return Rules(
        mode=dialer.mode if dialer.mode in _PACED else "progressive",  # type: ignore[arg-type]
        ratio=dialer.ratio_pct / 100,
        intensity_pct=dialer.intensity_pct,
        max_ratio=dialer.max_ratio_pct / 100,
        abandoned_limit_pct=rules_of(site, dialer).abandoned_limit_tenths / 10,
    )
