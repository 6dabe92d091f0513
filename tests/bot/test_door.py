"""What waits at the door, for how long, and for whom."""

import pytest

from bot import door as module
from bot.door import Door, Handed, NotAtTheDoor, Visitor
from ingest.inspect import inspect_bytes
from ingest.submit import Told


def visitor(title="The quay", guild="1", text="The quay is long."):
    loaded, inspection = inspect_bytes(text.encode(), "quay.txt")
    return Visitor(guild, Handed(b"", "quay.txt", title, told=Told(title)), loaded, inspection, passages=1)


def test_a_further_document_sends_the_oldest_of_its_guild_away():
    door = Door()
    other = door.let_wait(visitor(guild="2"))
    tokens = [door.let_wait(visitor(f"Quay {n}")) for n in range(module.MOST_WAITING + 1)]

    with pytest.raises(NotAtTheDoor):
        door.at(tokens[0], "1")
    assert door.at(tokens[1], "1").document.source.provenance.title == "Quay 1"
    assert door.at(other, "2")


def test_too_much_text_sends_the_oldest_of_its_guild_away_and_nothing_of_another_s(monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXT", 40)
    door = Door()
    others = [door.let_wait(visitor(guild="2")) for _ in range(2)]
    tokens = [door.let_wait(visitor()) for _ in range(3)]

    with pytest.raises(NotAtTheDoor):
        door.at(tokens[0], "1")
    assert door.at(tokens[1], "1")
    assert all(door.at(other, "2") for other in others)


def test_what_waits_is_that_guilds_alone():
    door = Door()
    token = door.let_wait(visitor())

    with pytest.raises(NotAtTheDoor):
        door.take(token, "2")
    assert door.take(token, "1")


def test_a_person_is_believed_before_the_document_and_what_they_leave_empty_is_not_known():
    said = visitor(text="---\npublisher: The port\npublished: 2020\n---\nThe quay is long.")
    about = said.corrected(Told("The long quay", "", "", "2021-02")).document.source.provenance

    assert said.document.source.provenance.publisher == "The port"
    assert (about.title, about.publisher, about.published) == ("The long quay", None, "2021-02")
