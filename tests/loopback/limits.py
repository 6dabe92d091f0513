"""Limits that Discord states in prose, and its OpenAPI description does not hold.

Source: https://docs.discord.com/developers, on messages, embeds, components and application commands.
"""

import re

COMMANDS, CHAT_INPUT = 100, 1
NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
CHOICE_VALUE = 100
CONTENT, EMBEDS = 2000, 6000
ROWS, MODAL_PARTS, PARTS_V2 = 5, 5, 40
COMPONENTS_V2 = 1 << 15
ROW, BUTTON, LINK = 1, 2, 5
MESSAGE_CALLBACKS, CHOICES, MODAL = (4, 7), 8, 9
NEW_MESSAGE = re.compile(r"/channels/\d+/messages|/webhooks/\d+/[^/@]+")
MESSAGE_PART = ("content", "embeds", "components", "attachments", "poll", "sticker_ids", "message_reference")


def overstepped(method, path, body):
    """Say in a few words each which limits a request oversteps."""
    if path.endswith("/commands") and method == "PUT":
        yield from _commands(body)
    elif path.endswith("/callback"):
        yield from _callback(body["type"], body.get("data") or {})
    elif (isinstance(body, dict) and "/messages" in path) or NEW_MESSAGE.fullmatch(path):
        if method == "POST" and not any(body.get(part) for part in MESSAGE_PART):
            yield "the message is empty"
        yield from _message(body)


def _callback(kind, data):
    if kind in MESSAGE_CALLBACKS:
        if kind == MESSAGE_CALLBACKS[0] and not any(data.get(part) for part in MESSAGE_PART):
            yield "the message is empty"
        yield from _message(data)
    if kind == CHOICES:
        yield from _choices(data["choices"])
    if kind == MODAL and len(data["components"]) > MODAL_PARTS:
        yield f"more than {MODAL_PARTS} parts in a modal"


def _message(body):
    # Of the two ways to count the stricter: UTF-16 units, as the client does.
    if len((body.get("content") or "").encode("utf-16-le")) // 2 > CONTENT:
        yield f"content over {CONTENT}"
    yield from _embeds(body.get("embeds") or [])
    yield from _components(body.get("components") or [], v2=bool((body.get("flags") or 0) & COMPONENTS_V2))
    mentions = body.get("allowed_mentions") or {}
    for kind in set(mentions.get("parse", ())) & {"users", "roles"}:
        if mentions.get(kind):
            yield f"allowed_mentions both parses {kind} and lists some"


def _embeds(embeds):
    if sum(len(text) for embed in embeds for text in _texts(embed)) > EMBEDS:
        yield f"embeds over {EMBEDS} together"
    for embed in embeds:
        urls = [embed.get("url")]
        urls += [(embed.get(part) or {}).get("url") for part in ("author", "image", "thumbnail")]
        urls += [(embed.get(part) or {}).get("icon_url") for part in ("author", "footer")]
        for url in filter(None, urls):
            if not url.startswith(("http://", "https://", "attachment://")):
                yield f"an embed leads to {url}"


def _texts(embed):
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield (embed.get("footer") or {}).get("text", "")
    yield (embed.get("author") or {}).get("name", "")
    for field in embed.get("fields", ()):
        yield field["name"]
        yield field["value"]


def _components(components, *, v2):
    everything = list(_walk(components))
    if v2 and len(everything) > PARTS_V2:
        yield f"more than {PARTS_V2} components"
    if not v2 and len(components) > ROWS:
        yield f"more than {ROWS} rows of components"
    for part in everything:
        if part["type"] == BUTTON and part.get("style") == LINK and not part.get("url"):
            yield "a link button leads nowhere"


def _walk(components):
    for part in components:
        yield part
        yield from _walk(part.get("components", ()))
        yield from _walk([part[name] for name in ("component", "accessory") if name in part])


def _commands(commands):
    spoken = [command for command in commands if command.get("type", CHAT_INPUT) == CHAT_INPUT]
    if len(spoken) > COMMANDS:
        yield f"more than {COMMANDS} chat-input commands"
    for command in spoken:
        yield from _described(command)


def _described(command):
    """Of a command, a group or an option."""
    name = command["name"]
    if not NAME.fullmatch(name) or name != name.lower():
        yield f"{name!r} is no name for a command or an option"
    if not command.get("description"):
        yield f"{name} lacks a description"
    yield from _choices(command.get("choices", ()))
    for option in command.get("options", ()):
        yield from _described(option)


def _choices(choices):
    for choice in choices:
        if len(str(choice["value"])) > CHOICE_VALUE:
            yield f"the choice {choice['name']!r} has a value over {CHOICE_VALUE}"
