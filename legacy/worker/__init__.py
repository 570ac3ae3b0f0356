"""What runs inside any TensorFlow: building, recording, replaying. Standard library, numpy, TensorFlow; Python 3.6."""
