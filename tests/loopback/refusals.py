"""What Discord refuses and simcord would do.

Sources, besides https://docs.discord.com/developers/topics/opcodes-and-status-codes:
https://github.com/discord/discord-api-docs/issues/6851 on expired tokens, issues/2601 on embeds.
"""

import re

MESSAGES = re.compile(r"POST /channels/(\d+)/messages")
BY_TOKEN = re.compile(r"\w+ /webhooks/\d+/([^/]+).*")


def refusal(world, request):
    """Give the status and the body of a refusal, or None."""
    if (named := BY_TOKEN.fullmatch(str(request))) and world.has_expired(named[1]):
        return 401, {"code": 50027, "message": "Invalid Webhook Token"}
    if place := MESSAGES.fullmatch(str(request)):
        return _not_permitted(world.permissions(int(place[1])), request)
    return None


def _not_permitted(bot, request):
    """Whether a permission is lacking for a part of a message."""
    if request.body.get("message_reference") and not bot.read_message_history:
        return 403, {"code": 160002, "message": "Cannot reply without permission to read message history"}
    only_embeds = request.body.get("embeds") and not request.body.get("content")
    if (request.files and not bot.attach_files) or (only_embeds and not bot.embed_links):
        return 403, {"code": 50013, "message": "Missing Permissions"}
    return None
