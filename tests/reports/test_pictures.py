"""A signal while the process that draws is started strikes when it has started."""
import os
import signal

import pytest

from legacy.reports.pictures import signals_held


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_waits_for_the_end_of_the_block(number):
    struck = []
    before = signal.signal(number, lambda *_: struck.append('struck'))
    try:
        with signals_held():
            os.kill(os.getpid(), number)
            struck.append('end of the block')
        assert struck == ['end of the block', 'struck']
    finally:
        signal.signal(number, before)
