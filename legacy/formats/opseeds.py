"""The op seeds that TensorFlow releases derive for the article's 16 random ops, as recorded. Runs on Python 3.6."""
import json
import os
from typing import List

from legacy.formats.places import DATA
from legacy.formats.values import JsonObject

# Calls that ask for a seed and make no op: 2.21's dropout, where the rate is 0, so that its generator moves on
NO_OP = ('dummy_rng_step',)
PATH = os.path.join(DATA, 'op_seeds.json')


def families() -> List[JsonObject]:
    """[{'name', 'seen_on': [release, ...], 'op_seeds': [16 numbers]}, ...]"""
    with open(PATH, encoding='utf-8') as file:
        found = json.load(file)['families']  # type: List[JsonObject]
    return found
