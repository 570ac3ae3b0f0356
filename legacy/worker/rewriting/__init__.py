"""The rewriter, and its rule sets. Runs on Python 3.6."""
