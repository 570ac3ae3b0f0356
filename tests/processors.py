"""Whose float32 numbers are whose: those of a whole run hold on one kind of processor (`legacy/formats/processor.py`).

What is compared with a committed float32 run is compared on the kind that made it. Everywhere hold: portable arithmetic
bit for bit, float64 within its limit, single float32 steps within the noise floor, and what comes before training.
"""
import re

import pytest

from legacy.formats import processor

VECTORS = '|'.join(re.escape(words) for _, words in processor.VECTORS)
SHOWN = re.compile(rf'(?P<model>.*?)(?: \((?P<vectors>{VECTORS})\))?')


def here():
    """The kind of this machine: 'AMD with AVX2'."""
    return processor.kind(processor.describe())


def of(recording):
    """The kind that made a recording."""
    return processor.kind(recording.header['environment'])


def in_words(words):
    """The kind of a processor as it is shown beside numbers: 'AMD with AVX2' of 'AMD EPYC (AVX2)'."""
    shown = SHOWN.fullmatch(words)
    return processor.kind({'processor': shown['model'], 'platform': '', 'features': [
        feature for feature, vectors in processor.VECTORS if vectors == shown['vectors']]})


def only_where_made(recording, what='float32 of a whole run'):
    """Skip the test on another kind of processor than made this recording."""
    if here() != of(recording):
        pytest.skip(f'{what} depends on the processor: recorded on {of(recording)}, and this is {here()}')
