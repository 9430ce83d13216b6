"""Turns: in the order of coming, by name, and what is known of refusals."""

import asyncio
import contextlib

import pytest

from facedancer.serving.page.turns import MOST_WAITING, CrowdedError, Turns


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
    done = answered(*(("anna", number, False) for number in range(MOST_WAITING + 1)))
    assert done == [(number, False) for number in range(MOST_WAITING + 1)]


def test_names_do_not_wait_for_each_other():
    assert answered(("anna", 0, False), ("bert", 9, False)) == [(9, False), (0, False)]


def test_who_waited_is_told_of_a_refusal():
    done = answered(("anna", 0, False), ("anna", 1, True), ("anna", 2, False), ("bert", 3, False))
    assert sorted(done) == [(0, False), (1, False), (2, True), (3, False)]


def test_of_a_kind_the_last_one_alone_waits():
    turns, done = Turns(), []

    async def visit(number, kind):
        turn = await turns.take("anna", kind)
        done.append((number, turn is not None))
        if turn is not None:
            await asyncio.sleep(0.01)
            turn.end()

    async def all_visits():
        kinds = ["", *["preview", "select"] * 20, "", "preview"]
        await asyncio.gather(*(visit(number, kind) for number, kind in enumerate(kinds)))

    asyncio.run(all_visits())
    assert [number for number, had_a_turn in done if had_a_turn] == [0, 40, 41, 42]
    # The others did not wait for it.
    assert done.index((0, True)) == 0 and done[-3:] == [(40, True), (41, True), (42, True)]


def test_few_wait_and_the_rest_is_told():
    turns, told = Turns(), []

    async def visit():
        try:
            turn = await turns.take("anna")
        except CrowdedError as error:
            told.append(str(error))
            return False
        await asyncio.sleep(0.01)
        turn.end()
        # Those who came before leave the message where it is, and are not refused.
        assert turn.has_message and not turn.is_outdated
        return True

    async def all_visits():
        had = await asyncio.gather(*(visit() for _ in range(MOST_WAITING + 3)))
        assert had == [True] * (MOST_WAITING + 1) + [False] * 2
        turn = await turns.take("anna")
        assert not turn.has_message

    asyncio.run(all_visits())
    assert len(told) == 2 and "\n" not in told[0]


@pytest.mark.parametrize("is_late", [False, True])
def test_who_leaves_holds_nobody_up(is_late):
    turns = Turns()

    async def wait_and_go(task):
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def all_visits():
        first = await turns.take("anna")
        second, third = (asyncio.create_task(turns.take("anna")) for _ in range(2))
        await asyncio.sleep(0)
        if is_late:
            first.end()
        second.cancel()
        if not is_late:
            first.end()
        await wait_and_go(second)
        (await asyncio.wait_for(third, 5)).end()
        (await asyncio.wait_for(turns.take("anna"), 5)).end()

    asyncio.run(all_visits())


def test_who_leaves_takes_no_place():
    turns = Turns()

    async def all_visits():
        first = await turns.take("anna")
        gone = [asyncio.create_task(turns.take("anna")) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        last = asyncio.create_task(turns.take("anna"))
        await asyncio.sleep(0)
        first.end()
        assert await last is not None

    asyncio.run(all_visits())
