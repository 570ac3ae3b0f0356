"""What is said of a script's recording."""
from legacy.formats import unseen


def recorded(recording, path):
    """What a recording holds, and what of the script it does not."""
    header = recording.header
    trains = sum(recording.kinds[kind]['trains'] for kind in recording.runs.tolist())
    lines = [f'{path}: {header["script"]["name"]} under TensorFlow {header["environment"]["tensorflow"]}',
             f'  {len(recording.runs)} runs of {len(recording.kinds)} kinds, {trains} of them train; '
             f'{len(header["steps"])} can be made again; {len(header["initial"])} variables; '
             f'{len(header["seeds"]["calls"])} op seeds']
    lines += [f'  {number}: {kind["place"] or "(no line of the script)"}' + (
        f', {int((recording.runs == number).sum())} times' + (', trains' if kind['trains'] else ''))
        for number, kind in enumerate(recording.kinds)]
    for label, said in (('not observed', unseen.all_in_words(header['unseen'])),
                        ('not repeated', header['unrepeatable']),
                        ('follows from results, not compared', header['varying'])):
        lines += [f'  {label}: {text}' for text in said]
    lines += [f'  {arithmetic} could not be had: {why}' for arithmetic, why in header['faults'].items()]
    return '\n'.join(lines) + '\n'
