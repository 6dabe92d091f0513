"""A Discord on loopback: an unmodified discord.py reaches it over HTTP and WebSocket, under TLS.

    async def test_a_question_is_answered(discord):          # a fixture: async with Discord() as discord
        guild = discord.guild()
        channel, ada = guild.channel("general"), guild.member("ada", "manage_guild")
        async with discord.running(build_bot(..., connector=discord.connector)):
            asked = await ada.slash(channel, "ask", question="When?", private=True)
            answer = await asked.message()                   # a discord.Message, as ada sees it

        assert asked.acknowledged_after < 3                  # seconds
        assert answer.embeds[0].title == "1872"
        assert channel.messages == []                        # nobody else saw it

What people do (people.py): `slash`, `autocomplete`, `context_menu`, `click`, `select`, `submit`, `send`,
`dm`, `edit`, `delete`. What comes back (exchange.py): `acknowledged`, `message`, `edited`, `followup`,
`modal`; and in a channel (guilds.py) `messages` and `next_message`. Whatever is awaited comes within
`SOON`, or fails the test with a sentence. `await discord.ready()` waits until the bot has read
everything that has happened; `discord.skip(15 * 60)` lets interactions expire.

What is known: `discord.commands` and `discord.syncs`, `discord.requests("POST /channels/{}/messages")` with
their bodies, `discord.pinged(message)`, `discord.gateway.longest_gap` between heartbeats. What is granted:
`discord.gateway.approve("message_content")`; without it only what is meant for the bot has words.

What goes wrong: on a route (faults.py), `discord.fail("POST /channels/{}/messages", 503, times=2)`, `drop`,
`limit`, `bucket`, `delay`, `before`; at the gateway (gateway.py), `await discord.gateway.reconnect()`,
`invalidate`, `close`, `drop`, `repeat_last`, and `with discord.gateway.shut()` to keep the bot out
meanwhile. `channel.deny_bot`, `channel.delete`, `asked.delete`, `guild.permit`, `guild.outage` change what
the bot relies on. `bot_process(discord, data_dir=...)` is the bot in a process of its own.

At the end it asserts that no body broke Discord's contract (contract.py, limits.py), that nothing was asked
that it cannot do, that nothing was refused unless the test said `discord.expect(50013)`, that every fault
was met, and that the bot never blocked its event loop. Who hung up before the reply to an acknowledgement
may acknowledge once more.

Kept apart are the wire (rest.py, gateway.py, connect.py), the world (world.py, which alone knows the package
simcord; refusals.py) and the contract.
"""

from loopback.exchange import Exchange, Modal
from loopback.guilds import Channel, Guild
from loopback.people import Person
from loopback.process import bot_process
from loopback.server import Discord
from loopback.waiting import SOON
from loopback.world import Impossible

__all__ = [
    "SOON",
    "Channel",
    "Discord",
    "Exchange",
    "Guild",
    "Impossible",
    "Modal",
    "Person",
    "bot_process",
]
