"""A TensorFlow 1 article's batch-normalisation experiment, and the means to compare its numbers across releases."""
__version__ = '0.2.0'
