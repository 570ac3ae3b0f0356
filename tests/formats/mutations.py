"""Changes by chance of files: of their bytes, and of what these say, so that no check of sums hides the rest.

Every function takes a random.Random first, and returns the changed content as bytes.
"""
import copy
import gzip
import io
import json
import zipfile

import numpy as np

from legacy.formats import archive

ODD_NUMBERS = (0, 1, -1, 2, 7, 255, 4096, 10 ** 6, 10 ** 9, 2 ** 31, 2 ** 62, 2 ** 63, -2 ** 63, 10 ** 40, 0.5, 1e300,
               -1e-300)
ODD_TEXT = ('', 'x', '\x1b[2J', '\x00', '<script>alert(1)</script>', '$\\foo$', '../../../etc/passwd', '/etc/passwd',
            'runs', 'content/0', 'small/a/b', '<f4', '|O', 'text', 'a' * 3000, '\u202e', '%s%n', '{0}', '名', '-1',
            '1e999')
# The largest int32, infinity, NaN, -1, minus zero, and 1 or the least float32
ODD_BITS = (b'\xff\xff\xff\x7f', b'\0\0\x80\x7f', b'\0\0\xc0\x7f', b'\xff\xff\xff\xff', b'\0\0\0\x80', b'\1\0\0\0')
ODD_DTYPES = ('<f4', '<f8', '<i4', '<i8', '|u1', '|b1', '<f2', '<c8', '|O', '<U9', '>f4', 'nonsense')


def of_bytes(random, content):
    content = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8))):
        at, length = random.randrange(len(content) + 1), random.choice((1, 4, 64, 1024))
        how = random.randrange(6)
        if how < 2 and at < len(content):
            content[at] ^= random.randrange(1, 256)
        elif how == 2:
            del content[at:at + length]
        elif how == 3:
            content[at:at] = bytes(random.randrange(256) for _ in range(min(length, 64)))
        elif how == 4:
            content[at:at] = content[at:at + length]
        else:
            content[at:at + length] = random.choice((b'\0', b'\xff')) * min(length, len(content) - at)
    return bytes(content[:random.randrange(len(content) + 1)] if random.random() < 0.1 else content)


# ---- JSON

def of_json(random, value):
    """Another value with one to four places changed; JSON can hold it."""
    value = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 2, 4))):
        places = list(_places(value))
        if places:
            holder, key = places[random.randrange(len(places))]
            _change(random, holder, key)
    return value


def _places(value):
    pending = [value]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                pending.append(holder[key])


def _change(random, holder, key):
    how = random.randrange(8)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif how == 2 and isinstance(holder, dict):
        holder[random.choice(ODD_TEXT)] = holder.pop(key)
    elif how == 3:
        holder[key] = _odd(random)
    elif how == 4 and isinstance(holder[key], (dict, list)):
        holder[key] = type(holder[key])()
    elif how == 5:
        holder[key] = [holder[key]]
    else:
        holder[key] = _alike(random, holder[key])


def _odd(random):
    return random.choice((None, True, [], {}, [[]], {'a': 1}, random.choice(ODD_NUMBERS), random.choice(ODD_TEXT)))


def _alike(random, value):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return random.choice(ODD_NUMBERS)
    if isinstance(value, str):
        return random.choice((random.choice(ODD_TEXT), value + random.choice(ODD_TEXT), value[:-1]))
    return _odd(random)


# ---- archives

def of_archive(random, content):
    """A whole archive whose header or arrays are others."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    header = json.loads(members['header.json'])
    if random.random() < 0.35:
        _change_array(random, header, members)
    else:
        arrays = header.pop('arrays')
        header = dict(of_json(random, header), arrays=arrays if random.random() < 0.9 else of_json(random, arrays))
    members['header.json'] = json.dumps(header).encode()
    found = io.BytesIO()
    with zipfile.ZipFile(found, 'w') as file:
        for name, part in members.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED, 1)
    return found.getvalue()


def _change_array(random, header, members):
    entry = random.choice(header['arrays'])
    name, how = entry[0] + '.npy', random.randrange(6)
    if how == 0:
        del members[name]
        if random.random() < 0.7:
            header['arrays'].remove(entry)
    elif how == 1:
        entry[1] = random.choice(ODD_DTYPES)
    elif how == 2:
        entry[2] = [random.choice((0, 1, 3, 1000, 10 ** 6, 10 ** 10, -1)) for _ in range(random.randrange(4))]
    elif how == 3:  # as declared, but other numbers
        start = len(archive._npy_prefix(entry[1], tuple(entry[2])))
        members[name] = members[name][:start] + of_numbers(random, members[name][start:])
    else:  # another array altogether
        entry[1] = random.choice(ODD_DTYPES[:8])
        entry[2] = [random.choice((0, 1, 2, 9, 5000)) for _ in range(random.randrange(3))]
        size = int(np.prod(entry[2], dtype='i8')) * np.dtype(entry[1]).itemsize
        members[name] = archive._npy_prefix(entry[1], tuple(entry[2])) + of_numbers(random, bytes(size))


def of_numbers(random, content):
    """As many bytes, which are other numbers: infinities, NaN, the largest and the least among them."""
    content = bytearray(content)
    for _ in range(random.choice((1, 1, 5))):
        pattern = random.choice(ODD_BITS)
        at = random.randrange(0, max(1, len(content) - 3), 4)
        content[at:at + 4] = pattern[:len(content) - at][:4]
    return bytes(content)


# ---- text

def of_text(random, content):
    """Lines and cells of a table, or of a text of a GraphDef, in other places."""
    lines = content.split(b'\n')
    for _ in range(random.choice((1, 1, 3))):
        at, how = random.randrange(len(lines)), random.randrange(5)
        if how == 0:
            del lines[at]
            lines = lines or [b'']
        elif how == 1:
            lines.insert(at, random.choice(lines))
        elif how == 2:
            cells = lines[at].split(b'\t') if b'\t' in lines[at] else lines[at].split(b' ')
            cells[random.randrange(len(cells))] = str(_odd(random)).encode('utf-8', 'replace')
            lines[at] = (b'\t' if b'\t' in lines[at] else b' ').join(cells)
        elif how == 3:
            lines[at] = of_bytes(random, lines[at])
        else:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return b'\n'.join(lines)


def of_gzip(random, content):
    """Either the gzipped file's bytes, or its text."""
    if random.random() < 0.3:
        return of_bytes(random, content)
    found = io.BytesIO()
    with gzip.GzipFile('', 'wb', 1, found, mtime=0) as file:
        file.write(of_text(random, gzip.decompress(content)))
    return found.getvalue()
