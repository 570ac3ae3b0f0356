"""Processes, Python environments, hosts, kept results, and the one door into the TensorFlow of this process."""
