"""Which voices this machine has: espeak-ng's, and piper's where it is installed; nothing is fetched or imported."""

import importlib.metadata
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

# What people call a language, where espeak-ng's own order would take another accent first.
_ESPEAK_FIRST = {"en": "en-us", "es": "es-419", "fr": "fr-fr", "pt": "pt-br", "zh": "cmn"}


@dataclass(frozen=True)
class Voice:
    """`command` reads the text from stdin and takes the WAV file to write as its last argument."""

    name: str
    languages: frozenset[str]  # small letters, such as es_mx
    command: tuple[str, ...]


def find_voices(espeak_listing: str, models: list[Path]) -> list[Voice]:
    """Best first: piper's, each of a model (*.onnx with *.onnx.json beside it), then espeak-ng's."""
    piper = [voice for model in models if (voice := _piper_voice(model)) is not None]
    return [*piper, *_espeak_voices(espeak_listing)]


def piper_models(folder: Path | None) -> list[Path]:
    """In `folder` and in installed packages; none where piper is not installed."""
    # Only looked for: piper is GPL and runs as a program of its own, `python -m piper`.
    if importlib.util.find_spec("piper") is None:
        return []
    found = sorted(folder.glob("*.onnx")) if folder is not None else []
    return [*found, *_packaged_models()]


def _espeak_voices(listing: str) -> list[Voice]:
    """From `espeak-ng --voices`: priority, language, gender, name, file, (other language priority)..."""
    voices = []
    for line in listing.splitlines()[1:]:
        words = line.split()
        if len(words) < 5:
            continue
        tags = [words[1], *(word.strip("(") for word in words[5:] if word.startswith("("))]
        voices.append(_espeak_voice(words[1], tags))
    named = {voice.name: voice for voice in voices}
    first = [_espeak_voice(tag, [language]) for language, tag in _ESPEAK_FIRST.items() if f"espeak-ng:{tag}" in named]
    return [*first, *voices]


def _espeak_voice(tag: str, languages: list[str]) -> Voice:
    codes = {code for each in languages for code in (each.replace("-", "_"), each.partition("-")[0])}
    return Voice(f"espeak-ng:{tag}", frozenset(codes), ("espeak-ng", "-v", tag, "-s", "150", "--stdin", "-w"))


def _packaged_models() -> list[Path]:
    packages = [each for each in importlib.metadata.distributions() if each.name.endswith("-piper-voice")]
    return [
        Path(str(package.locate_file(file)))
        for package in packages
        for file in package.files or ()
        if file.suffix == ".onnx"
    ]


def _piper_voice(model: Path) -> Voice | None:
    try:
        language = json.loads(model.with_name(model.name + ".json").read_text(encoding="utf-8"))["language"]
        codes = frozenset({str(language["code"]).lower(), str(language["family"]).lower()})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # half a voice; espeak-ng speaks instead
    return Voice(f"piper:{model.stem}", codes, (sys.executable, "-m", "piper", "-m", str(model), "-f"))
