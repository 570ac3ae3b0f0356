"""Recordings in, findings and a verdict out: no files, no processes, no TensorFlow."""
