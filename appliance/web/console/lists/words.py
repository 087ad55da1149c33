"""What people read for the states and results that contacts of a list have."""

from appliance.core.dialing.outcome import OUTCOMES
from appliance.core.words import N_

STATES: dict[str, str] = {
    "fresh": N_("Not called yet"),
    "due": N_("Due"),
    "retry": N_("Waits for its next try"),
    "reserved": N_("Looked at by an agent"),
    "dialing": N_("Is being called"),
    "done": N_("Done"),
}
WAITS: dict[str, str] = {  # of those who wait for their next try: why
    "": N_("By the rules for trying again"),
    "cap": N_("Called as often as allowed for now"),
    "hours": N_("It is not their hour"),
    "open": N_("In another call"),
    "filter": N_("Not in the filter"),
    "skip": N_("Skipped by an agent"),
}
RESULTS: dict[str, str] = {
    **OUTCOMES,
    "never": N_("On the do-not-call list"),
    "capped": N_("Called as often as allowed"),
}
IMPORT_STATES: dict[str, tuple[str, str, str]] = {  # colour, words, icon
    "draft": ("off", N_("Not started"), "edit"),
    "waiting": ("rest", N_("Waiting"), "clock"),
    "running": ("busy", N_("Running"), "loader"),
    "cancelled": ("off", N_("Cancelled"), "circle-x"),
    "done": ("good", N_("Done"), "circle-check"),
    "failed": ("bad", N_("Failed"), "alert-circle"),
}
