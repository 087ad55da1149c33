"""Prompts: what callers hear, per language, uploaded or spoken by text to speech."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from appliance.core.entities.fields import Entity, Key, Language, Part, Shown, Title, check_lines, problem
from appliance.core.words import N_


class Audio(Part):
    """One language of a prompt: a text to speak, or an uploaded file known by its SHA-256."""

    text: Annotated[
        str,
        StringConstraints(max_length=2000),
        AfterValidator(check_lines),
        Field("", title=N_("Text"), description=N_("Spoken by the built-in voice where no file is uploaded.")),
        Shown(widget="textarea"),
    ]
    upload: Annotated[
        str,
        StringConstraints(pattern=r"^([0-9a-f]{64})?$"),
        Field("", title=N_("File"), description=N_("WAV, MP3 or OGG.")),
        Shown(widget="upload"),
    ]

    @model_validator(mode="after")
    def _has_sound(self) -> "Audio":
        if not self.text.strip() and not self.upload:
            raise problem("prompt_audio", N_("needs a text to speak or an uploaded file"))
        return self


class Prompt(Entity):
    SINGULAR: ClassVar[str] = N_("Prompt")
    PLURAL: ClassVar[str] = N_("Prompts")
    ICON: ClassVar[str] = "speakerphone"
    HELP: ClassVar[str] = N_("A prompt is a message that callers hear: a greeting, a menu, an announcement.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as welcome."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What is said, in a few words."))]
    audio: Annotated[
        dict[Language, Audio],
        Field(
            min_length=1,
            max_length=20,
            title=N_("Audio by language"),
            description=N_("A language that is missing here is played in the first one."),
        ),
        Shown(group=N_("Audio")),
    ]


class Track(Part):
    title: Annotated[Title, Field(title=N_("Title"))]
    upload: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]{64}$"),
        Field(title=N_("File"), description=N_("WAV, MP3 or OGG.")),
        Shown(widget="upload"),
    ]


class Music(Entity):
    SINGULAR: ClassVar[str] = N_("Hold music")
    PLURAL: ClassVar[str] = N_("Hold music")
    ICON: ClassVar[str] = "music"
    HELP: ClassVar[str] = N_("A playlist that callers hear while they wait. Without one, there is a built-in melody.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as classics."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this playlist."))]
    tracks: Annotated[
        list[Track],
        Field(min_length=1, max_length=50, title=N_("Tracks"), description=N_("Played one after the other.")),
        Shown(group=N_("Tracks"), asterisk="musiconhold.conf"),
    ]
    shuffle: Annotated[
        bool,
        Field(False, title=N_("Shuffle"), description=N_("In a new order for each caller.")),
        Shown(group=N_("Tracks"), asterisk="sort"),
    ]
