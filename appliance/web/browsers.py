"""Names a browser and its system from what it says of itself: only to recognise one's own in a list."""

import re

# In this order: most of them also say that they are those below.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
NAMED = {"Macintosh": "macOS"}


def browser_of(agent: str) -> tuple[str, str] | None:
    """Browser and system; a program's own name where it is no browser; None where it says nothing."""
    system = next((NAMED.get(each, each) for each in SYSTEMS if each in agent), "")
    for mark, name in BROWSERS:
        if re.search(rf"\b{mark}/", agent):
            return name, system
    program = re.match(r"[\w.-]{1,40}", agent)
    return (program[0], system) if program else None
