"""The words that choices of forms are shown with; what is missing here is shown as it is stored."""

from appliance.core.entities.queues import STRATEGY_HELP
from appliance.core.words import N_

CHOICE_TITLES: dict[str, str] = {
    "leastrecent": N_("Longest idle"),
    "fewestcalls": N_("Fewest calls"),
    "rrmemory": N_("In turn"),
    "rrordered": N_("In turn, fixed order"),
    "ringall": N_("Ring all"),
    "linear": N_("Top of the list first"),
    "random": N_("Random"),
    "wrandom": N_("Random, weighted"),
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
    "queue": N_("As its queue says"),
    "always": N_("Always"),
    "never": N_("Never"),
    "hangup": N_("Hang up"),
    "back": N_("Back to the menu before"),
    "repeat": N_("Play this menu again"),
    "operator": N_("Operator"),
}
CHOICE_HELP: dict[str, str] = {**STRATEGY_HELP}

DESTINATION_TITLES: dict[str, str] = {
    "queue": N_("Queues"),
    "menu": N_("Menus"),
    "extension": N_("Extensions"),
    "agent": N_("Agents"),
    "campaign": N_("Campaigns"),
    "voicemail": N_("Voicemail"),
    "prompt": N_("Announcement, then hang up"),
}
DESTINATION_WORDS: dict[str, str] = {
    "queue": N_("Queue"),
    "menu": N_("Menu"),
    "extension": N_("Extension"),
    "agent": N_("Agent"),
    "campaign": N_("Campaign"),
    "voicemail": N_("Voicemail"),
    "prompt": N_("Announcement"),
}
DESTINATION_ICONS: dict[str, str] = {
    "queue": "users-group",
    "menu": "sitemap",
    "extension": "device-landline-phone",
    "agent": "headset",
    "campaign": "target-arrow",
    "voicemail": "record-mail",
    "prompt": "speakerphone",
    "hangup": "phone-off",
    "back": "arrow-back-up",
    "repeat": "repeat",
    "operator": "headset",
}
PROMPT_LANGUAGES = ("en", "es", "pt", "pt_BR", "fr", "de", "it", "nl", "pl", "ca", "gl", "eu", "ru", "ar", "zh", "ja")

PAUSE_REASONS = {
    "break": N_("Break"),
    "lunch": N_("Lunch"),
    "training": N_("Training"),
    "meeting": N_("Meeting"),
    "other": N_("Other work"),
}
