"""A document to a site: every problem of it at once, each with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from appliance.core.entities.fields import Entity
from appliance.core.problems import Problem, check_site, schema_problems
from appliance.core.site import SECTIONS, Site
from appliance.core.site_yaml.reading import Document, FileProblem, Path, SiteFileError
from appliance.core.words import N_


@dataclass(frozen=True)
class SoundFile:
    """A prompt's `file:`, a path beside the YAML file."""

    path: Path
    name: str


def sound_files(document: Document) -> list[SoundFile]:
    return [SoundFile((*path, "file"), audio["file"]) for path, audio in _audios(document) if _is_text(audio, "file")]


def uploads_by_hash(document: Document) -> list[tuple[Path, str]]:
    """Prompts that name a file which must have been uploaded before."""
    named = [((*path, "upload"), audio["upload"]) for path, audio in _audios(document) if _is_text(audio, "upload")]
    return [place for place in named if place[0][0] == "prompts"]


def parse_site(document: Document, sounds: Mapping[str, str] | None = None) -> Site:
    """`sounds` gives the SHA-256 for each `file:`; raises SiteFileError with all that is wrong."""
    _put_sounds(document, sounds or {})
    problems = [*document.problems, *_check_sections(document)]
    entities: dict[str, dict[str, Entity]] = {section: {} for section in SECTIONS}
    for section, key, fields in _entries(document, problems):
        try:
            entities[section][key] = SECTIONS[section].model_validate({**fields, "key": key})
        except ValidationError as error:
            problems += [_placed(document, problem) for problem in schema_problems(error, (section, key))]
    content: dict[str, Any] = {section: dict(sorted(found.items())) for section, found in entities.items()}
    site = Site.model_construct(**content)
    problems += [_placed(document, problem) for problem in check_site(site) if not _follows(document, problem)]
    if problems:
        raise SiteFileError(problems)
    return site


def _check_sections(document: Document) -> Iterator[FileProblem]:
    allowed = ", ".join(SECTIONS)
    if not isinstance(document.values, dict):
        yield document.problem((), N_("must hold sections by name: {allowed}"), allowed=allowed)
        return
    for section, content in document.values.items():
        if section not in SECTIONS:
            yield document.problem((section,), N_("is not a section; allowed are {allowed}"), allowed=allowed)
        elif content is not None and not isinstance(content, dict):
            yield document.problem((section,), N_("must hold entries by key, such as 'sales:'"))


def _entries(document: Document, problems: list[FileProblem]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for section in SECTIONS:
        for key, fields in _named(_named(document.values).get(section)).items():
            if fields is not None and not isinstance(fields, dict):
                problems.append(document.problem((section, key), N_("must hold fields by name, such as 'name:'")))
            elif "key" in _named(fields):
                message = N_("is not written here: the name before the colon is the key")
                problems.append(document.problem((section, key, "key"), message))
            else:
                # A field with nothing behind its colon is as if it were left out.
                yield section, key, {name: value for name, value in _named(fields).items() if value is not None}


def _named(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _placed(document: Document, problem: Problem) -> FileProblem:
    # The key is no line of its own; what is wrong with it stands where the entry begins.
    path = problem.path[:2] if problem.path[2:] == ("key",) else problem.path
    return document.problem(path, problem.message, **problem.context)


def _follows(document: Document, problem: Problem) -> bool:
    """A reference to something that is in the file but was refused itself: one problem, not two."""
    section, key = problem.context.get("section"), problem.context.get("key")
    return key in _named(_named(document.values).get(str(section)))


def _audios(document: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    for key, prompt in _named(_named(document.values).get("prompts")).items():
        for language, audio in _named(_named(prompt).get("audio")).items():
            if isinstance(audio, dict):
                yield ("prompts", key, "audio", language), audio
    for key, music in _named(_named(document.values).get("music")).items():
        tracks = _named(music).get("tracks")
        for index, track in enumerate(tracks if isinstance(tracks, list) else []):
            if isinstance(track, dict):
                yield ("music", key, "tracks", index), track


def _is_text(audio: dict[str, Any], name: str) -> bool:
    return isinstance(audio.get(name), str)


def _put_sounds(document: Document, sounds: Mapping[str, str]) -> None:
    for path, audio in _audios(document):
        if not _is_text(audio, "file"):
            continue
        name = audio.pop("file")
        if "upload" in audio:
            document.problems.append(
                document.problem((*path, "file"), N_("only one of 'file' and 'upload' is allowed"))
            )
        audio["upload"] = sounds.get(name, "0" * 64)  # a missing one has been refused by who reads the files
