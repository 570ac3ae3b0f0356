"""tf.keras, compiled and fitted."""
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Dropout

tf.set_random_seed(10)
np.random.seed(10)
x = np.random.rand(64, 4).astype(np.float32)
model = tf.keras.Sequential([Dense(8, activation='relu', input_shape=(4,)), Dropout(0.2), Dense(1)])
model.compile(optimizer=tf.keras.optimizers.SGD(0.05), loss='mse')
history = model.fit(x, x.sum(axis=1), epochs=2, batch_size=16, verbose=0)
print('loss %.6f' % history.history['loss'][-1], model.predict(x[:2]).shape)
