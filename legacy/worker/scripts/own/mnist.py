"""`tensorflow.examples.tutorials.mnist.input_data`, as scripts of the time read MNIST. Runs on Python 3.6.

The order of what numpy's generator is asked for is TensorFlow 1.15's, so that batches are the same; nothing is
downloaded.
"""
import collections
import gzip
import os

import numpy as np

from legacy.shim import tf
from legacy.worker.scripts.missing import NotSupplied

Datasets = collections.namedtuple('Datasets', 'train validation test')
FILES = ('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz',
         't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz')


def read_data_sets(train_dir, fake_data=False, one_hot=False, dtype=tf.float32, reshape=True, validation_size=5000,
                   seed=None, source_url=None):
    """The four files in the folder `train_dir` as Datasets of training, validation and test images.

    Raises NotSupplied if a file is not there; ValueError for a validation_size that does not fit.
    """
    if fake_data:
        return Datasets(*(DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed) for _ in range(3)))
    absent = [name for name in FILES if not os.path.isfile(os.path.join(train_dir, name))]
    if absent:
        raise NotSupplied('no MNIST in %r: %s %s not there, and nothing is downloaded' % (
            train_dir, ', '.join(absent), 'is' if len(absent) == 1 else 'are'))
    contents = []
    for name in FILES:
        with open(os.path.join(train_dir, name), 'rb') as file:
            contents.append(extract_images(file) if 'images' in name else extract_labels(file, one_hot=one_hot))
    images, labels, test_images, test_labels = contents
    if not 0 <= validation_size <= len(images):
        raise ValueError('Validation size should be between 0 and %d. Received: %s.' % (len(images), validation_size))
    options = dict(dtype=dtype, reshape=reshape, seed=seed)
    return Datasets(DataSet(images[validation_size:], labels[validation_size:], **options),
                    DataSet(images[:validation_size], labels[:validation_size], **options),
                    DataSet(test_images, test_labels, **options))


def extract_images(f):
    """uint8 array (images, rows, columns, 1) of a gzip file that is open for reading. Raises ValueError."""
    print('Extracting', f.name)
    with gzip.GzipFile(fileobj=f) as stream:
        _check_magic(stream, 2051, f.name)
        count, rows, columns = (_number(stream) for _ in range(3))
        return np.frombuffer(stream.read(rows * columns * count), np.uint8).reshape(count, rows, columns, 1)


def extract_labels(f, one_hot=False, num_classes=10):
    """uint8 array (labels,) of a gzip file that is open for reading; float64 (labels, classes) if one_hot. Raises
    ValueError."""
    print('Extracting', f.name)
    with gzip.GzipFile(fileobj=f) as stream:
        _check_magic(stream, 2049, f.name)
        labels = np.frombuffer(stream.read(_number(stream)), np.uint8)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense, num_classes):
    """float64 array (labels, classes): 1 where the label is."""
    one_hot = np.zeros((len(labels_dense), num_classes))
    one_hot.flat[np.arange(len(labels_dense)) * num_classes + labels_dense.ravel()] = 1
    return one_hot


def load_mnist(train_dir='MNIST-data'):
    """`read_data_sets` of a folder."""
    return read_data_sets(train_dir)


def load_dataset(name='mnist', train_dir='MNIST-data'):
    """tf.contrib.learn.datasets.load_dataset, which knew others too. Raises NotSupplied for these."""
    if name != 'mnist':
        raise NotSupplied('the data set %r of tf.contrib.learn.datasets cannot be had' % name)
    return read_data_sets(train_dir)


def _number(stream):
    return int(np.frombuffer(stream.read(4), '>u4')[0])


def _check_magic(stream, expected, name):
    magic = _number(stream)
    if magic != expected:
        raise ValueError('Invalid magic number %d in MNIST file: %s' % (magic, name))


class DataSet(object):
    """Images and labels, handed out in batches: `images` float32 in [0, 1] or uint8, `labels`, `num_examples`,
    `epochs_completed`, `next_batch`."""

    def __init__(self, images, labels, fake_data=False, one_hot=False, dtype=tf.float32, reshape=True, seed=None):
        from tensorflow.python.framework import random_seed
        graph_seed, op_seed = random_seed.get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)
        dtype = tf.as_dtype(dtype).base_dtype
        if dtype not in (tf.uint8, tf.float32):
            raise TypeError('Invalid image dtype %r, expected uint8 or float32' % dtype)
        self._one_hot = one_hot
        self.epochs_completed = 0
        self.images, self.labels, self.num_examples = images, labels, 10000
        self._next = 0
        if fake_data:
            return
        assert images.shape[0] == labels.shape[0], 'images.shape: %s labels.shape: %s' % (images.shape, labels.shape)
        self.num_examples = images.shape[0]
        if reshape:
            assert images.shape[3] == 1
            self.images = images.reshape(len(images), images.shape[1] * images.shape[2])
        if dtype == tf.float32:
            self.images = np.multiply(self.images.astype(np.float32), np.float32(1.0 / 255.0))

    def next_batch(self, batch_size, fake_data=False, shuffle=True):
        """The next images and labels; shuffled before each epoch, unless `shuffle` is false."""
        if fake_data:
            label = [1] + [0] * 9 if self._one_hot else 0
            return [[1] * 784 for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._next
        if self.epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        if start + batch_size <= self.num_examples:
            self._next = start + batch_size
            return self.images[start:self._next], self.labels[start:self._next]
        self.epochs_completed += 1
        images, labels = self.images[start:], self.labels[start:]
        if shuffle:
            self._shuffle()
        self._next = batch_size - len(images)
        return (np.concatenate((images, self.images[:self._next]), axis=0),
                np.concatenate((labels, self.labels[:self._next]), axis=0))

    def _shuffle(self):
        order = np.arange(self.num_examples)
        np.random.shuffle(order)
        self.images, self.labels = self.images[order], self.labels[order]
