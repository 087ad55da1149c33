"""Builders of sites for every ring of tests."""

from typing import Any

from appliance.core.entities.fields import Entity
from appliance.core.entities.menus import Menu, MenuOption
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.entities.schedules import DAYS
from appliance.core.site import Site

Fields = dict[str, Any]
Sections = dict[str, dict[str, Fields]]


def a_prompt(key: str, text: str = "") -> Prompt:
    return Prompt(key=key, name=key.capitalize(), audio={"en": Audio(text=text or f"This is {key}.")})


def a_menu(key: str, *options: tuple[str, str], **fields: object) -> Menu:
    keys = [MenuOption(digit=digit, label=to, destination=to) for digit, to in options]
    return Menu.model_validate({"key": key, "name": key.capitalize(), "prompt": "menu", "options": keys, **fields})


def a_site() -> Site:
    """A small centre that uses every kind of entity."""
    sections = {**_callers_way(), **_people(), **_steps(), **_dialing(), **_work(), **_system()}
    return Site.model_validate(
        {section: {key: {"key": key, **fields} for key, fields in found.items()} for section, found in sections.items()}
    )


def _dump(entity: Entity) -> Fields:
    return entity.model_dump(mode="json", exclude={"key"})


def _people() -> Sections:
    return {
        "extensions": {
            "1001": {
                "name": "Ana",
                "secret": "secret-1001",
                "voicemail": True,
                "voicemail_pin": "4711",
            },
            "1002": {"name": "Luis", "secret": "secret-1002", "voicemail_pin": "4712"},
        },
        "agents": {
            "ana": {"name": "Ana López", "extension": "1001", "skills": [{"skill": "english", "level": 8}]},
            "luis": {"name": "Luis Pérez", "extension": "1002", "shift": "office"},
        },
        "ring_groups": {
            "desk": {
                "name": "Front desk",
                "number": "600",
                "members": [{"extension": "1001"}, {"extension": "1002"}],
                "destination": "voicemail:1001",
            }
        },
        "conferences": {"board": {"name": "Board", "number": "700", "pin": "2468"}},
        "queues": {
            "sales": {
                "name": "Sales",
                "members": [{"agent": "ana"}, {"agent": "luis", "penalty": 1}],
                "timeout_destination": "voicemail:1001",
                "empty_destination": "prompt:closed",
            },
            "support": {"name": "Support", "strategy": "rrmemory"},
        },
    }


def _callers_way() -> Sections:
    main = a_menu("main", ("1", "queue:sales"), ("2", "menu:more"), ("0", "operator"), operator="extension:1002")
    more = a_menu("more", ("1", "campaign:support"), ("9", "back"), ("*", "repeat"))
    return {
        "schedules": {
            "office": {
                "name": "Office hours",
                "time_zone": "America/Lima",
                "hours": [{"days": list(DAYS), "start": "00:00", "end": "24:00"}],
                "holidays": [{"date": "2020-12-25", "name": "Christmas"}],
            }
        },
        "prompts": {key: _dump(a_prompt(key)) for key in ("closed", "menu", "welcome")},
        "music": {"classics": {"name": "Classics", "tracks": [{"title": "Air", "upload": "0" * 64}]}},
        "menus": {"main": _dump(main), "more": _dump(more)},
        "campaigns": {
            "support": {"name": "Support", "queue": "support", "welcome_prompt": "welcome", "schedule": "office"}
        },
        "inbound_routes": {
            "5550100": {
                "name": "Main number",
                "open_prompt": "welcome",
                "destination": "menu:main",
                "schedule": "office",
                "closed_prompt": "closed",
                "closed_destination": "voicemail:1001",
            }
        },
        "blacklist": {"5550666": {"reason": "nuisance"}},
        "vips": {"5550777*": {"name": "Best customer"}},
    }


def _steps() -> Sections:
    return {
        "announcements": {"spanish": {"name": "In Spanish", "language": "es", "destination": "menu:main"}},
        "branches": {"evening": {"name": "Evening", "schedule": "office", "open_destination": "queue:sales"}},
        "inputs": {"customer": {"name": "Customer number", "prompt": "menu", "destination": "queue:sales"}},
        "lookups": {
            "level": {
                "name": "Customer level",
                "url": "https://crm.example/level?number={caller}",
                "answers": [{"answer": "gold", "destination": "queue:sales"}],
            }
        },
        "surveys": {"happy": {"name": "Happy?", "questions": [{"prompt": "menu"}]}},
    }


def _dialing() -> Sections:
    return {
        "lists": {"winter": {"name": "Winter", "country": "PE"}},
        "contact_filters": {"north": {"name": "North", "conditions": [{"field": "city", "value": "Piura"}]}},
        "dialers": {
            "sales": {
                "name": "Winter sales",
                "campaign": "support",
                "lists": [{"list": "winter", "filter": "north"}],
                "retries": [{"outcome": "busy", "delay_min": 10}],
            }
        },
    }


def _work() -> Sections:
    return {
        "dispositions": {
            "later": {"name": "Later", "parent": "sold", "callback": True},
            "sold": {"name": "Sold", "success": True},
        },
        "forms": {"order": {"name": "Order", "fields": [{"key": "size", "label": "Size", "kind": "number"}]}},
        "scripts": {"hello": {"name": "Hello", "pages": [{"title": "Hello", "text": "Good day, {contact.name}."}]}},
        "screen_pops": {"crm": {"name": "CRM", "url": "https://crm.example/{caller}", "secret": "signs-what-is-sent"}},
        "pause_reasons": {"lunch": {"name": "Lunch", "allowance_min": 45}},
        "security_groups": {"north": {"name": "North", "queues": [{"queue": "sales"}]}},
        "agent_rules": {"main": {"auto_logout_min": 20}},
        "alarms": {"slow": {"name": "Callers wait", "kind": "longest_wait", "limit": 90}},
        "wallboards": {"hall": {"name": "Hall", "layout": "queues", "queues": [{"queue": "sales"}]}},
    }


def _system() -> Sections:
    return {
        "general": {
            "main": {
                "company": "Example",
                "language": "en",
                "time_zone": "America/Lima",
                "country": "PE",
                "listed_calls": "refused",
            }
        },
        "mail": {"main": {"host": "mail.example", "from_address": "centre@example.com"}},
        "feature_codes": {"main": {}},
        "trunks": {"main-line": {"name": "Main line", "match_header": "X-Trunk: main"}},
        "outbound_routes": {
            "world": {
                "name": "World",
                "patterns": [{"pattern": "00*", "strip": 2, "prepend": "+"}],
                "trunks": [{"trunk": "main-line"}],
            }
        },
    }
