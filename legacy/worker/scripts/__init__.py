"""TensorFlow 1 scripts as they are, on the TensorFlow installed here. Runs on Python 3.6."""
