"""Pickles a class of its own and maps over a pool of processes."""
import multiprocessing
import pickle

import tensorflow as tf


class Point(object):
    def __init__(self, x):
        self.x = x


def double(point):
    return point.x * 2, tf.__version__


if __name__ == '__main__':
    point = pickle.loads(pickle.dumps(Point(4)))
    pool = multiprocessing.get_context('spawn').Pool(1)
    print(type(point).__module__, pool.map(double, [point]))
    pool.close()
    pool.join()
