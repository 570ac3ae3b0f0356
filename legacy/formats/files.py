"""Files appear whole or not at all. Runs on Python 3.6."""
import errno
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


def writable(path):
    """Raises OSError, with the path, unless a file can be made there: to be known before the work, not after."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, 'cannot write a file, this is a folder', str(path))
    try:
        descriptor, partial = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise OSError(error.errno, 'cannot write (%s)' % error.strerror, str(path))
    os.close(descriptor)
    os.unlink(partial)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
