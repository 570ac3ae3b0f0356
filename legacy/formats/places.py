"""Where this package's own files are. Runs on Python 3.6."""
import os

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # the folder `legacy`
CHECKOUT = os.path.dirname(PACKAGE)
DATA = os.path.join(PACKAGE, 'data')
