"""The article's two networks, trained for some steps: the port, with TensorFlow 1.15's op seeds, run as any script."""
import sys

import numpy as np

from legacy import article
from legacy.shim import tf
from legacy.worker import building

with building.building('1.15'):
    x_data, y_data = article.make_data(1)
    xs, ys = article.make_placeholders()
    plain, norm = [article.built_net(xs, ys, norm=norm, seed=1) for norm in (False, True)]
    initializer = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(initializer)
    for name, costs in zip(('cost', 'cost_norm'), article.train(sess, xs, ys, plain, norm, x_data, y_data,
                                                                int(sys.argv[1]))):
        print(name, np.array(costs, '<f4').tobytes().hex())
