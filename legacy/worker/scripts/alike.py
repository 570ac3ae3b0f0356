"""Which runs of a script are the steps of another recording of it. Runs on Python 3.6."""
import collections

from legacy.formats import runkinds


class Like(object):
    """Which runs to choose: those that are steps of another recording of the script.

    baseline: scriptrecording.ScriptRecording, or None for no run at all. matched: {number of a kind here: that of the
    baseline's kind}. names: of each of these kinds {name in the baseline: name here}.
    """

    def __init__(self, baseline=None):
        self.matched, self.names, self._baseline = {}, {}, baseline
        self._kinds = baseline.kinds if baseline else []
        self._steps = baseline.header['steps'] if baseline else []
        self._times = collections.defaultdict(dict)  # {kind of the baseline: {time: number of the step}}
        if baseline:
            for number, step in enumerate(baseline.header['steps']):
                self._times[step['kind']][baseline.time(step)] = number

    def match(self, number, identity, kind, place):
        """Find the baseline's kind that this one is: by names, or by the line that asks and how much it asks for.

        identity: the runkinds.Identity of the kind.
        """
        free = [k for k in range(len(self._kinds)) if k not in self.matched.values()]
        for key in (lambda other: runkinds.of_header(other) == identity,
                    lambda other: (other['graph'], other['place'], other['trains'], len(other['targets']),
                                   len(other['fetches']), len(other['feeds']))
                    == (identity.graph, place, kind.trains, len(kind.targets), len(kind.fetches), len(kind.feeds))):
            found = [k for k in free if key(self._kinds[k])]
            if found:
                self.matched[number] = found[0]
                self.names[number] = renamed(self._kinds[found[0]], kind)
                return

    def step(self, number, time):
        """The number of the step that a kind's run at this time is, or None."""
        return self._times[self.matched[number]].get(time) if number in self.matched else None

    def places(self, number, time):
        """{variable here: int64 array}: where the samples of that step are taken from."""
        step, names = self._steps[self.step(number, time)], self.names[number]
        return {names[name]: self._baseline.arrays[noted[0]] for name, noted in step['places'].items()
                if name in names}


def renamed(theirs, ours):
    """{name in the baseline's kind: name in this Kind}: the same where there is one, the others in the order in which
    they are asked for if there are as many."""
    names = {}
    here = {'asked': ours.asked, 'feeds': ours.feeds, 'sources': [tensor.name for tensor in ours.sources],
            'variables': list(ours.variables)}
    for key, found in here.items():
        names.update((name, name) for name in theirs[key] if name in found)
        left = [name for name in theirs[key] if name not in found]
        right = [name for name in found if name not in theirs[key]]
        if len(left) == len(right):
            names.update(zip(left, right))
    return names
