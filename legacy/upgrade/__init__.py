"""What `upgrade` does: the same check in one environment for each TensorFlow release."""
