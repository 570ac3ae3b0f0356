"""What the variables were before each kept run, as the script came to it, here against there."""
from legacy.formats import contents
from legacy.judge.scriptmeasures import Asked, rounding, within
from legacy.judge.scriptrecorded import found_here

FEWEST = 2  # whole runs with noise that make a band


def state(recorded, candidate):
    """Finding: what neither noise nor a second run moves is the recorded bits; the rest is inside the band that whole
    runs with noise make, which never becomes narrower: what has parted does not come together again."""
    asked, here, widest, followed = Asked(), found_here(candidate), {}, set()
    for step in sorted(recorded.steps, key=lambda step: step['run']):
        made, graph = here.get(step['step']), recorded.recording.kinds[step['kind']]['graph']
        for name, noted in step['before'].items():
            what, moved = recorded.where(step, 'before', name), step['state'].get(name)
            if moved is not None and not moved['steady'] and not contents.is_float(noted[1]):
                followed.add(name)  # a whole number that follows from results
                continue
            asked.expected += 1
            if moved is None:
                asked.lacks.add('not recorded', what)
            elif made is None and not recorded.expects(step):
                asked.lacks.add('other runs', what)
            else:
                item = made and made['before'].get(name)
                _compare(recorded, candidate, asked, what, step, noted, item, moved, widest, (graph, name))
    more = f'; {len(followed)} of whole numbers follow from results: not compared' if followed else ''
    return asked.finding(" of the noisy runs' spread", more, 'that noise does not move')


def _compare(recorded, candidate, asked, what, step, noted, item, moved, widest, key):
    known = widest.get(key, (0.0, 0.0))
    widest[key] = known = max(known[0], moved['spread']), max(known[1], moved['whole'])
    if item is not None and item[3] == noted[3]:
        asked.same(exact=moved['steady'])
    elif item is None or item[1:3] != noted[1:3] or moved['steady'] and step['runs_with_noise'] >= FEWEST:
        asked.differs(what, recorded.recording.comparable(noted), None if item is None else candidate.comparable(item))
    elif step['runs_with_noise'] < FEWEST:
        asked.lacks.add('no noise', what)
    else:
        least = rounding(recorded.recording, noted)
        unit = tuple(max(a, b) for a, b in zip(known, least))
        found = within(recorded.recording, candidate, what, noted, item, unit)
        if found is None:
            asked.lacks.add('sample', what)
        else:
            asked.deviates(*found)
