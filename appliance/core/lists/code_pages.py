"""Whether accents were written by DOS or by Windows: where one has letters, the other has signs that no word has."""

import re

# What is a letter in both tells nothing; nor does the á of DOS before a capital: to Windows it is a blank that keeps
# two words together.
_DOS = re.compile(
    rb"[A-Za-z](?:[\x81\x82\x83\x87\x88\x93\xa1-\xa4]|\xa0(?=[a-z]))|[A-Z][\x80\x90\x9a\xa5\xb5][A-Z]"
    rb"|[\x90\xa5\xb5][A-Za-z]"
)
_WINDOWS = re.compile(
    rb"[a-z][\xe1-\xe3\xe7-\xfc]|[\xe1-\xe3\xe7-\xfc][a-z]|[A-Z][\xc0-\xc5\xc8-\xd5\xd8-\xdc]"
    rb"|[\xc0-\xc5\xc8-\xd5\xd8-\xdc][A-Za-z]|[A-Za-z]\x92[A-Za-z]"
)


def balance(piece: bytes) -> int:
    """More than 0: rather DOS (code page 850), less: rather Windows-1252. Of the pieces of a file it is added up."""
    return len(_DOS.findall(piece)) - len(_WINDOWS.findall(piece))
