"""Files appear whole or not at all. Runs on Python 3.6."""
import contextlib
import errno
import os
import uuid


def write_whole(path, content):
    """Put the bytes `content` at `path`: a reader sees the old file or the new one, never a part. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path):
    """Context manager: an open binary file that is at `path` when its block has ended, and nowhere if that raises.
    Raises OSError."""
    partial = beside(path)
    file = open(partial, 'xb')  # with the permissions that the user's umask leaves
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def writable(path):
    """Raises OSError, with the path, unless a file can be made there: to be known before the work, not after."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, 'cannot write a file, this is a folder', str(path))
    partial = beside(path)
    try:
        open(partial, 'xb').close()
    except OSError as error:
        raise OSError(error.errno, 'cannot write (%s)' % error.strerror, str(path))
    os.unlink(partial)


def beside(path):
    """A name in the same folder, '.', that name and a few letters, that nobody has."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(folder, '.%s.%s' % (name, uuid.uuid4().hex[:12]))
