"""tf.contrib.learn, which nobody keeps."""
import tensorflow as tf

columns = [tf.feature_column.numeric_column('x')]
model = tf.contrib.learn.DNNClassifier(hidden_units=[4], feature_columns=columns)
