import threading
import time

import pytest

from tfgan_kit.data import workers


def test_results_come_in_order():
    def slow_when_even(number):
        time.sleep(0.002 if number % 2 == 0 else 0)
        return number

    assert list(workers.in_order(slow_when_even, range(100), "x")) == list(range(100))


def test_the_first_error_in_order_is_raised_and_threads_end():
    def fail(number):
        time.sleep(0.01 if number == 3 else 0)
        if number >= 3:
            raise ValueError(number)
        return number

    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="^3$"):
        list(workers.in_order(fail, range(100), "x"))
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_generator_may_be_closed_in_one_of_its_own_threads():
    first_is_taken, outcome = threading.Event(), []

    def close_after_the_first(number):
        if number == 1:
            first_is_taken.wait(timeout=10)
            try:
                outcome.append(results.close())
            except RuntimeError as error:
                outcome.append(error)
        return number

    results = workers._in_order(close_after_the_first, range(64))
    before = set(threading.enumerate())
    assert next(results) == 0
    first_is_taken.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
    assert outcome == [None]


def test_an_endless_stream_is_read_a_few_items_ahead():
    taken = []

    def numbers():
        for number in range(10**9):
            taken.append(number)
            yield number

    results = workers.in_order(abs, numbers(), "x")
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()
    assert len(taken) < 100


@pytest.mark.parametrize(("is_terminal", "delay"), [(False, -1), (True, -1), (True, 60)])
def test_a_bar_appears_only_on_a_terminal_and_after_a_delay(capfd, monkeypatch, is_terminal, delay):
    monkeypatch.setattr(workers, "_SECONDS_UNTIL_BAR", delay)
    monkeypatch.setenv("FORCE_COLOR", "1" if is_terminal else "")
    assert list(workers.track([1, 2], "Counting", total=2)) == [1, 2]
    out, err = capfd.readouterr()
    assert out == "" and ("Counting" in err) == (is_terminal and delay < 0)
