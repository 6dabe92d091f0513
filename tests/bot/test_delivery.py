from bot.delivery import REMEMBERED_EVENTS, Seen


def test_an_event_is_met_once():
    seen = Seen()

    assert [seen.first_time(id) for id in (1, 2, 1, 2, 3)] == [True, True, False, False, True]


def test_what_was_met_long_ago_takes_up_no_room():
    seen = Seen()
    for id in range(REMEMBERED_EVENTS + 1):
        seen.first_time(id)

    assert seen.first_time(0)
    assert not seen.first_time(REMEMBERED_EVENTS)
