"""A graph as TensorFlow knows it: where each node comes from, its seeds, one step op by op, TensorBoard's files."""
