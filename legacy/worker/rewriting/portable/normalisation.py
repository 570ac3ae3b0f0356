"""Batch normalisation in one op. Runs on Python 3.6."""
