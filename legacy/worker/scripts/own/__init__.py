"""Parts of tf.contrib that no kept package has, written anew: the same names, arguments, ops and variables."""
