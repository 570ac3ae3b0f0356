"""The same check across TensorFlow releases: an environment for each, rows, plateaus, bisection, the report."""
