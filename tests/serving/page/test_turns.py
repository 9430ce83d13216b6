"""Turns: in the order of coming, by name, and what is known of refusals."""

import asyncio

from facedancer.serving.page.turns import Turns


def answered(*visits):
    """Lets ``(name, number, refused)`` come in this order; ``(number, outdated)`` as answered."""
    turns, done = Turns(), []

    async def visit(name, number, is_refused):
        turn = await turns.take(name)
        for _ in range(20 - number):  # The earlier ones take longer.
            await asyncio.sleep(0)
        done.append((number, turn.is_outdated))
        if is_refused:
            turn.refuse()
        turn.end()

    async def all_visits():
        await asyncio.gather(*(visit(*one) for one in visits))

    asyncio.run(all_visits())
    return done


def test_one_name_is_answered_in_order():
    done = answered(*(("anna", number, False) for number in range(6)))
    assert done == [(number, False) for number in range(6)]


def test_names_do_not_wait_for_each_other():
    assert answered(("anna", 0, False), ("bert", 9, False)) == [(9, False), (0, False)]


def test_who_waited_is_told_of_a_refusal():
    done = answered(("anna", 0, False), ("anna", 1, True), ("anna", 2, False), ("bert", 3, False))
    assert sorted(done) == [(0, False), (1, False), (2, True), (3, False)]
