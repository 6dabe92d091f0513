from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from knowledge import budget as budget_module
from knowledge.budget import Budget, Limit
from knowledge.errors import BudgetSpent


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalogue.db"


def calls_left(budget, guild, most=10):
    for taken in range(most):
        try:
            budget.take(guild, 10)
        except BudgetSpent:
            return taken
    return most


def test_a_guild_may_ask_so_often_a_day_and_others_still_may(path):
    budget = Budget(path, guild=Limit(calls=3), overall=Limit())

    assert calls_left(budget, "1") == 3
    assert calls_left(budget, "2") == 3
    assert calls_left(budget, None) == 3


def test_all_together_may_ask_so_often_a_day(path):
    budget = Budget(path, guild=Limit(calls=3), overall=Limit(calls=4))

    assert calls_left(budget, "1") == 3
    assert calls_left(budget, "2") == 1
    assert calls_left(budget, None) == 0


def test_tokens_count_once_they_are_known(path):
    budget = Budget(path, guild=Limit(tokens=100), overall=Limit(tokens=250))

    budget.add(budget.take("1", 10), "1", 89)
    budget.take("1", 10)
    assert calls_left(budget, "1") == 0
    budget.add(budget.take("2", 10), "2", 200)
    assert calls_left(budget, "3") == 0


def test_without_limits_nothing_is_refused(path):
    assert calls_left(Budget(path, guild=Limit(), overall=Limit()), "1", most=20) == 20


def test_a_restart_begins_no_new_day_and_midnight_does(path, monkeypatch):
    def opened():
        return Budget(path, guild=Limit(calls=1), overall=Limit())

    opened().take("1", 10)
    assert calls_left(opened(), "1") == 0
    monkeypatch.setattr(budget_module, "now", lambda: datetime.now() + timedelta(days=2))  # noqa: DTZ005
    assert calls_left(opened(), "1") == 1


def test_a_call_over_midnight_is_counted_on_the_day_it_was_made(path, monkeypatch):
    budget = Budget(path, guild=Limit(tokens=100), overall=Limit())

    day = budget.take("1", 1_000)
    monkeypatch.setattr(budget_module, "now", lambda: datetime.now() + timedelta(days=2))  # noqa: DTZ005
    budget.take("1", 10)
    budget.add(day, "1", -900)  # it cost less; so much more may not be asked today
    budget.add(day, "2", 500)

    assert calls_left(budget, "1", most=20) == 9
    assert calls_left(budget, "2", most=20) == 10


def test_several_at_once_are_not_let_past_the_limit(path):
    budget = Budget(path, guild=Limit(calls=7), overall=Limit())

    with ThreadPoolExecutor(4) as threads:
        taken = threads.map(lambda _: calls_left(budget, "1", most=5), range(4))

    assert sum(taken) == 7


def test_whose_budget_is_spent_is_said(path):
    budget = Budget(path, guild=Limit(calls=1), overall=Limit(calls=2))
    budget.take("1", 1)

    with pytest.raises(BudgetSpent, match="this server's share"):
        budget.take("1", 1)
    budget.take("2", 1)
    with pytest.raises(BudgetSpent, match="the chat model's budget for today is spent"):
        budget.take("3", 1)
