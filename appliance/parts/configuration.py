"""What brings the site to Asterisk: its files, its sounds, and how both are tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.adapters.config_files import read_templates
from appliance.adapters.speech import Speech
from appliance.core.render import make_environment
from appliance.parts.ground import Ground
from appliance.services.apply import ConfigApplier
from appliance.services.menu_preview import MenuPreview
from appliance.services.phone_prompts import PhonePrompts
from appliance.services.prompts import Prompts


@dataclass(frozen=True)
class Configuration:
    prompts: Prompts
    applier: ConfigApplier
    menu_preview: MenuPreview
    phone_prompts: PhonePrompts


def make_configuration(ground: Ground, templates: Mapping[str, str] | None) -> Configuration:
    node, database = ground.node, ground.database
    environment = make_environment(templates or read_templates())
    prompts = Prompts(database, Speech(), Path(node.facts.prompts))
    applier = ConfigApplier(node, database, ground.hub, prompts=prompts, environment=environment)
    return Configuration(
        prompts=prompts,
        applier=applier,
        menu_preview=MenuPreview(node, prompts, environment),
        phone_prompts=PhonePrompts(node, database, prompts, applier.poke),
    )
