"""Files appear whole or not at all. Runs on Python 3.6."""
import os
import tempfile


def write_whole(path, content):
    """Put the bytes `content` at `path`: a reader sees the old file or the new one, never a part. Raises OSError."""
    folder = os.path.dirname(os.path.abspath(path))
    descriptor, partial = tempfile.mkstemp(prefix='.' + os.path.basename(path) + '.', dir=folder)
    try:
        with os.fdopen(descriptor, 'wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o666 & ~_umask())  # mkstemp makes private files
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
