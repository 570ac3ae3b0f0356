"""The article's listing, call for call: two networks of seven ReLU layers, one with batch normalisation, one without,
fitted to a noisy parabola by gradient descent in one session.
Runs on Python 3.6.

Under TensorFlow 1.15.5 on an AMD EPYC with AVX2, and elsewhere up to where float32 rounds otherwise, it yields

    cost_his       inf, nan, nan, ...                        without batch normalisation: overflows in the first step
    cost_his_norm  1255.1581, 885.7677, 619.0638, ...        with batch normalisation: 95.956116 at the end

The names are the listing's, misspelt ones included, and so is the order of the calls, since TensorFlow 1 derives a
random op's seed from the number of nodes before it. Departures from the listing, none of which moves a number:

1. `tf` comes from `legacy.shim`, and `built_net` builds as in `legacy.building`: on releases after 1.15 it would
   otherwise start from other weights.
2. `fix_seed(1)` inside `built_net` takes its seed from a parameter, 1 unless given.
3. What the listing does at its top level are functions here: `make_data`, `make_placeholders`, `train`.
4. `train` tells a `Watch` what it computed, where the listing draws at once. A watch that only reads changes nothing.
5. `plot_his` imports matplotlib itself, so that a run without pictures does not.
"""
import numpy as np

from legacy.shim import tf
from legacy.worker.building import built_as_tensorflow_1

ACTIVITION = tf.nn.relu
N_LAYERS = 7
N_HIDDEN_UNITS = 30

TRAINING_STEPS = 250
record_step = 5
PICTURE_STEP = 50


def fix_seed(seed=1):
    """Seed numpy's global generator and the default graph."""
    np.random.seed(seed)
    tf.set_random_seed(seed)


def make_data(seed=1):
    """x_data, y_data: float64 arrays of shape (2500, 1), y = x**2 - 5 + N(0, 8), rows in random order."""
    fix_seed(seed)
    x_data = np.linspace(-7, 10, 2500)[:, np.newaxis]
    np.random.shuffle(x_data)
    noise = np.random.normal(0, 8, x_data.shape)
    y_data = np.square(x_data) - 5 + noise
    return x_data, y_data


@built_as_tensorflow_1
def make_placeholders():
    """xs, ys: placeholders of shape (rows, 1), float32 (float64 in that arithmetic)."""
    xs = tf.placeholder(tf.float32, [None, 1])
    ys = tf.placeholder(tf.float32, [None, 1])
    return xs, ys


@built_as_tensorflow_1
def built_net(xs, ys, norm, seed=1):
    """Add one network to the default graph; return [train_op, cost, layers_inputs].

    xs, ys: placeholders of shape (rows, 1). norm: whether the input and the seven hidden layers get batch
    normalisation, scale * (x - mean) / sqrt(variance + 0.001) + shift, with the mean and the population variance of
    the rows at hand, in training and in evaluation alike. The moving averages (decay 0.5) are kept up to date
    whenever mean or variance is computed, and never used. The output layer has no batch normalisation.
    cost: scalar, mean squared error. layers_inputs: what enters layer 1, ..., layer 7 and the output layer, of shape
    (rows, 1) once and (rows, 30) seven times.
    """
    def add_layer(inputs, in_size, out_size, activation_function=None, norm=False):
        Weights = tf.Variable(tf.random_normal([in_size, out_size], mean=0.0, stddev=1.0))
        biases = tf.Variable(tf.zeros([1, out_size]) + 0.1)
        Wx_plus_b = tf.matmul(inputs, Weights) + biases
        if norm:
            # axis 0 is the batch: one mean and one variance for each unit
            fc_mean, fc_var = tf.nn.moments(Wx_plus_b, axes=[0])
            scale = tf.Variable(tf.ones([out_size]))
            shift = tf.Variable(tf.zeros([out_size]))
            epsilon = 0.001
            ema = tf.train.ExponentialMovingAverage(decay=0.5)

            def mean_var_with_update():
                ema_apply_op = ema.apply([fc_mean, fc_var])
                with tf.control_dependencies([ema_apply_op]):
                    return tf.identity(fc_mean), tf.identity(fc_var)

            mean, var = mean_var_with_update()
            Wx_plus_b = tf.nn.batch_normalization(Wx_plus_b, mean, var, shift, scale, epsilon)
        if activation_function is None:
            outputs = Wx_plus_b
        else:
            outputs = activation_function(Wx_plus_b)
        return outputs

    fix_seed(seed)

    if norm:
        # the input is normalised before the first layer
        fc_mean, fc_var = tf.nn.moments(xs, axes=[0])
        scale = tf.Variable(tf.ones([1]))
        shift = tf.Variable(tf.zeros([1]))
        epsilon = 0.001
        ema = tf.train.ExponentialMovingAverage(decay=0.5)

        def mean_var_with_update():
            ema_apply_op = ema.apply([fc_mean, fc_var])
            with tf.control_dependencies([ema_apply_op]):
                return tf.identity(fc_mean), tf.identity(fc_var)

        mean, var = mean_var_with_update()
        xs = tf.nn.batch_normalization(xs, mean, var, shift, scale, epsilon)

    layers_inputs = [xs]
    for l_n in range(N_LAYERS):
        layer_input = layers_inputs[l_n]
        in_size = layers_inputs[l_n].get_shape()[1].value
        output = add_layer(layer_input, in_size, N_HIDDEN_UNITS, ACTIVITION, norm)
        layers_inputs.append(output)
    prediction = add_layer(layers_inputs[-1], 30, 1, activation_function=None)
    cost = tf.reduce_mean(tf.reduce_sum(tf.square(ys - prediction), reduction_indices=[1]))
    train_op = tf.train.GradientDescentOptimizer(0.001).minimize(cost)
    return [train_op, cost, layers_inputs]


class Watch(object):
    """What `train` tells while it goes on. This one ignores it all."""

    def data(self, x_data, y_data):
        """Before the first step: what both networks will be fitted to."""

    def layer_inputs(self, i, all_inputs, all_inputs_norm):
        """Before step i (0, 50, ...): every layer's input on all rows, 8 arrays for each network."""

    def stepped(self, i):
        """Step i (0 to 249) of both networks is done."""

    def costs(self, i, cost, cost_norm):
        """After step i (0, 5, ...): both costs on all rows."""


def train(sess, xs, ys, net, net_norm, x_data, y_data, steps=TRAINING_STEPS, watch=Watch()):
    """Train both networks side by side, ten rows a step; return cost_his, cost_his_norm, one cost every five steps.

    sess: a session whose variables are initialised. net, net_norm: what `built_net` returned.
    """
    train_op, cost, layers_inputs = net
    train_op_norm, cost_norm, layers_inputs_norm = net_norm
    watch.data(x_data, y_data)
    cost_his = []
    cost_his_norm = []
    for i in range(steps):
        if i % PICTURE_STEP == 0:
            all_inputs, all_inputs_norm = sess.run([layers_inputs, layers_inputs_norm],
                                                   feed_dict={xs: x_data, ys: y_data})
            watch.layer_inputs(i, all_inputs, all_inputs_norm)
        sess.run([train_op, train_op_norm],
                 feed_dict={xs: x_data[i*10:i*10+10], ys: y_data[i*10:i*10+10]})
        watch.stepped(i)
        if i % record_step == 0:
            cost_his.append(sess.run(cost, feed_dict={xs: x_data, ys: y_data}))
            cost_his_norm.append(sess.run(cost_norm, feed_dict={xs: x_data, ys: y_data}))
            watch.costs(i, cost_his[-1], cost_his_norm[-1])
    return cost_his, cost_his_norm


def plot_his(inputs, inputs_norm):
    """Draw 2 x 8 histograms into the current figure: every layer's input, without and with batch normalisation."""
    import matplotlib.pyplot as plt
    for j, all_inputs in enumerate([inputs, inputs_norm]):
        for i, input in enumerate(all_inputs):
            plt.subplot(2, len(all_inputs), j*len(all_inputs)+(i+1))
            plt.cla()
            if i == 0:
                the_range = (-7, 10)
            else:
                the_range = (-1, 1)
            plt.hist(input.ravel(), bins=15, range=the_range, color='#FF5733')
            plt.yticks(())
            if j == 1:
                plt.xticks(the_range)
            else:
                plt.xticks(())
            ax = plt.gca()
            ax.spines['right'].set_color('none')
            ax.spines['top'].set_color('none')
        plt.title("%s normalizing" % ("Without" if j == 0 else "With"))
    plt.draw()
    plt.pause(0.01)
