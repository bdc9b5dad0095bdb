"""The JSON schema of a settings file, for editors and for whoever writes one by program."""

from typing import Any

from anonlint.policy.settings import LEVELS
from anonlint.policy.words import FORMATS

_WORDS = {"type": "array", "items": {"type": "string"}}


def schema() -> dict[str, Any]:
    """Return the schema: what it accepts the program reads."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "anonlint.toml, and [tool.anonlint] of pyproject.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "kernel": {
                "description": "the release to assume where the input does not tell",
                "type": "string",
                "pattern": r"^[0-9]+\.[0-9]+$",
            },
            "fail-level": {"description": "least severity that makes the exit status 1", "enum": list(LEVELS)},
            "format": {"description": "output format", "enum": list(FORMATS)},
            "strict": {"description": "what was not judged makes the exit status 2", "type": "boolean"},
            "select": {"description": "codes, prefixes, names; with - before it one is taken away", **_WORDS},
            "baseline": {"description": "file of findings that are known", "type": "string", "minLength": 1},
            "vocabulary": {"description": "rows of kernel words, or .tsv files of them", **_WORDS},
            "plugins": {"description": "where rules from outside are; counts in the user's own file only", **_WORDS},
            "rules": {
                "description": "an ordered list of which rules count where: the later wins",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["paths"],
                    "properties": {"paths": _WORDS, "select": _WORDS, "ignore": _WORDS},
                },
            },
        },
    }
