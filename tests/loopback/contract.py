"""Does what the bot sends keep Discord's contract?

Each body is validated against Discord's OpenAPI description of its HTTP API, where that file is at hand
(DISCORD_OPENAPI, or shared/discord/openapi.json.gz beside the repository), and against limits.py.
Source: https://github.com/discord/discord-api-spec, specs/openapi.json
"""

import gzip
import json
import os
import re
import warnings
from collections import defaultdict
from copy import deepcopy
from functools import cache, cached_property
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from loopback.limits import overstepped

BESIDE = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json.gz"
METHODS = ("get", "put", "post", "patch", "delete")


@cache
def contract():
    """Read it, once; without the file only the limits are held, and a warning says so."""
    file = Path(os.environ.get("DISCORD_OPENAPI") or BESIDE)
    if not file.exists():
        warnings.warn(f"no {file}: what the bot sends is not validated against it", stacklevel=1)
        return Contract({"paths": {}})
    return Contract(json.loads(gzip.decompress(file.read_bytes())))


class Contract:
    """Discord's description of its HTTP API."""

    def __init__(self, description):
        self._description = description
        self._registry = Registry().with_resource(
            "discord:", Resource.from_contents(description, default_specification=DRAFT202012)
        )
        self._validators = {}

    @property
    def described(self):
        """Whether the description is at hand."""
        return bool(self._operations)

    def breaches(self, method, path, body):
        """Say in a sentence each what is wrong with a request, if anything.

        Args:
            method: in capitals.
            path: behind the API's version.
            body: what came as JSON, or as `payload_json` of a form.
        """
        wrong = [] if body is None else [*overstepped(method, path, body)]
        if self.described:
            wrong += self._unlike_described(method, path, body)
        return [f"{method} {path}: {what}" for what in wrong]

    def _unlike_described(self, method, path, body):
        for named, pattern, template in self._operations:
            if named == method and pattern.fullmatch(path):
                return self._invalid(method.lower(), template, body)
        return ["Discord has no such route"]

    def _invalid(self, method, template, body):
        asked = self._description["paths"][template][method].get("requestBody", {})
        if body is None:
            return ["the body is missing"] if asked.get("required") else []
        if "application/json" not in asked.get("content", {}):
            return []
        errors = map(_meant, self._validator(method, template).iter_errors(_as_described(body)))
        return [f"{error.json_path}: {error.message}" for error in errors]

    def _validator(self, method, template):
        place = ("paths", template, method, "requestBody", "content", "application/json", "schema")
        if place not in self._validators:
            pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in place)
            schema = {"$ref": f"discord:#/{pointer}"}
            self._validators[place] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[place]

    @cached_property
    def _operations(self):
        """Method, pattern and template of each; the more literal ones first."""
        found = [
            (method.upper(), re.compile(re.sub(r"\\{.*?\\}", "[^/]+", re.escape(template))), template)
            for template, operations in self._description["paths"].items()
            for method in METHODS
            if method in operations
        ]
        return sorted(found, key=lambda operation: operation[2].count("{"))


def _meant(error):
    """Of alternatives, what is wrong in the one that was meant: of the right type, with the least wrong."""
    while error.context:
        alternatives = defaultdict(list)
        for deeper in error.context:
            alternatives[deeper.schema_path[0]].append(deeper)
        error = min(alternatives.values(), key=lambda errors: (any(map(_of_type, errors)), len(errors)))[0]
    return error


def _of_type(error):
    return not error.path or error.path[-1] == "type"


def _as_described(body):
    """Turn ids into strings where discord.py sends integers and Discord takes both."""
    body = deepcopy(body)
    message = body.get("data", body) if isinstance(body, dict) else {}
    for attachment in message.get("attachments") or []:
        attachment["id"] = str(attachment["id"])
    reference = message.get("message_reference") or {}
    for name in {"message_id", "channel_id", "guild_id"} & reference.keys():
        reference[name] = str(reference[name])
    if "recipient_id" in message:
        message["recipient_id"] = str(message["recipient_id"])
    mentions = message.get("allowed_mentions") or {}
    for name in {"users", "roles"} & mentions.keys():
        mentions[name] = [str(id) for id in mentions[name]]
    return body
