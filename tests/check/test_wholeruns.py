"""The processes of a recording's whole runs: that they end when a recording does, at whatever moment."""
import sys
import threading
import time

from legacy.check import jobs, wholeruns


def test_a_process_that_is_just_starting_is_ended_and_not_waited_for(monkeypatch):
    starting, may_go_on = threading.Event(), threading.Event()

    class Slow(wholeruns.Forked):
        def __init__(self, *given):
            super().__init__([sys.executable, '-c', 'import time; time.sleep(60)'], None)
            starting.set()
            may_go_on.wait(30)  # the lane does not have it yet

    monkeypatch.setattr(wholeruns, 'Forked', Slow)
    lane, answers = wholeruns._Lane(jobs.Job(sys.executable, {'script': 'train.py'})), []
    asking = threading.Thread(target=lambda: answers.append(lane.is_ready()))
    asking.start()
    assert starting.wait(30)
    closing = threading.Thread(target=lane.close)
    closing.start()
    began = time.monotonic()
    while not lane._is_closed and time.monotonic() < began + 30:
        time.sleep(0.01)
    may_go_on.set()
    closing.join(30)
    asking.join(30)
    assert answers == [False] and not closing.is_alive()
