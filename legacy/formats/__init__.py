"""Files on disk and values, known to both sides; starts nothing. Standard library and numpy, Python 3.6."""
