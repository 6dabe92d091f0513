"""What is read of a message that has Discord's marks in it."""

import pytest

from bot.plain import plain


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Comp on <t:1746258000:F>", "Comp on 3 May 2025, 07:40 UTC"),
        ("Comp <t:1746258000:R>, or <t:1746258000>", "Comp 3 May 2025, 07:40 UTC, or 3 May 2025, 07:40 UTC"),
        ("<t:1746258000:D> at <t:1746258000:t>", "3 May 2025 at 07:40 UTC"),
        ("Kit <:karabiner:118273645000000000>", "Kit "),
        ("Look <a:wave:118273645000000000> here", "Look  here"),
        ("Entry ~~£5~~ £6", "Entry  £6"),
        ("The winner is ||Ada||", "The winner is Ada"),
        ("**Comp: *Crux* Fest**", "Comp: Crux Fest"),
        ("***Crux*** __Fest__ _now_ __*all*__", "Crux Fest now all"),
        ("# Rules\n### Lessons\n-# as of May", "Rules\nLessons\nas of May"),
        ("Ask <@118273645000000000> in <#118273645000000000>", "Ask @unknown-user in #unknown"),
        ("Type </ask:118273645000000000>", "Type /ask"),
    ],
)
def test_a_message_is_read_as_it_is_shown(written, read):
    assert plain(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "* one\n* two",
        "10 * 5 * 2",
        "snake_case_name",
        "https://a.example/_b_/c__d__e",
        "#general is for all",
        "It costs ~5, not ~6",
        "```\n**kwargs, _x_ and ~~y~~\n```",
        "<t:soon>",
    ],
)
def test_what_is_no_mark_stays(text):
    assert plain(text) == text
