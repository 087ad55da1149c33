"""What people read for the states and results that contacts of a list have."""

from appliance.core.words import N_

STATES: dict[str, str] = {
    "fresh": N_("Not called yet"),
    "due": N_("Due"),
    "retry": N_("Waits for its next try"),
    "reserved": N_("With an agent"),
    "dialing": N_("Is being called"),
    "done": N_("Done"),
}
RESULTS: dict[str, str] = {
    "answered": N_("Answered"),
    "abandoned": N_("Abandoned"),
    "machine": N_("Answering machine"),
    "fax": N_("Fax"),
    "busy": N_("Busy"),
    "no_answer": N_("No answer"),
    "rejected": N_("Rejected"),
    "bad_number": N_("Bad number"),
    "congestion": N_("Congestion"),
    "short": N_("Hung up at once"),
    "delivered": N_("Message heard"),
    "opted_out": N_("Asked for no more calls"),
    "cancelled": N_("Cancelled"),
    "lost": N_("Unknown"),
    "failed": N_("Failed"),
}
IMPORT_STATES: dict[str, tuple[str, str, str]] = {  # colour, words, icon
    "draft": ("off", N_("Not started"), "edit"),
    "waiting": ("rest", N_("Waiting"), "clock"),
    "running": ("busy", N_("Running"), "loader"),
    "cancelled": ("off", N_("Cancelled"), "circle-x"),
    "done": ("good", N_("Done"), "circle-check"),
    "failed": ("bad", N_("Failed"), "alert-circle"),
}
