"""What the command line turns into one line and exit code 2. Runs on Python 3.6."""


class LegacyError(Exception):
    """The request, a file or the environment is at fault. The message is one line that says what is wrong and, where
    it is not plain, how to mend it."""


def in_words(error):
    """An OSError in one line."""
    return '%s: %s' % (error.strerror, error.filename) if error.filename else str(error)
