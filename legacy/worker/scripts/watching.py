"""Every run of every session, handed to an observer before it is made. Runs on Python 3.6.

`Session.run`, `eval`, `op.run`, Saver, MonitoredSession and Estimator all pass `BaseSession._do_run`; functions that
`make_callable` returns, and with them tf.keras, pass it here too. Runs of other threads (queues) and partial runs are
not handed over; they are counted.
"""
import threading

from tensorflow.python.client import session as sessions

BaseSession = sessions.BaseSession


class Watching(object):
    """observer: with `run(session, targets, fetches, feeds, make)`, which returns the values of the fetches.

    targets: [tf.Operation]. fetches: [tf.Tensor]. feeds: {tf.Tensor: value}. make: function of a list of further
    tensors to fetch; makes the run and returns (values of the fetches, values of these).
    other_threads, partial: how many runs were not handed over.
    """

    def __init__(self, observer):
        self.observer = observer
        self.other_threads = self.partial = 0
        self._thread = threading.current_thread()
        self._observing = False
        self._native = BaseSession._do_run

    def begin(self):
        """Take the place of TensorFlow's own methods."""
        watching = self

        def do_run(session, handle, target_list, fetch_list, feed_dict, options, run_metadata):
            return watching.do_run(session, handle, target_list, fetch_list, feed_dict, options, run_metadata)
        BaseSession._do_run = do_run
        BaseSession.make_callable = _made_callable(BaseSession.make_callable)
        if hasattr(BaseSession, '_Callable'):
            _observe_callables(BaseSession._Callable)

    def end(self):
        """Hand over nothing any more."""
        self._observing = True

    def do_run(self, session, handle, target_list, fetch_list, feed_dict, options, run_metadata):
        def make(further=()):
            found = self._native(session, handle, target_list, list(fetch_list) + list(further), feed_dict, options,
                                 run_metadata)
            return found[:len(fetch_list)], found[len(fetch_list):]
        if self._observing or handle is not None or threading.current_thread() is not self._thread:
            self.partial += handle is not None
            self.other_threads += threading.current_thread() is not self._thread
            return make()[0]
        feeds = {key.deref() if hasattr(key, 'deref') else key: value for key, value in feed_dict.items()}
        self._observing = True  # the observer's own runs are nobody's
        try:
            return self.observer.run(session, list(target_list), list(fetch_list), feeds, make)
        finally:
            self._observing = False


def _made_callable(native):
    """`make_callable` whose functions make a `run`, which is slower and gives the same."""
    def make_callable(session, fetches, feed_list=None, accept_options=False):
        if feed_list is not None or threading.current_thread() is not threading.main_thread():
            return native(session, fetches, feed_list, accept_options)
        if accept_options:
            return lambda *args: session.run(fetches, None, *args)
        return lambda: session.run(fetches)
    return make_callable


def _observe_callables(callable_class):
    """Calls of what tf.keras makes of CallableOptions, as runs."""
    begin, call = callable_class.__init__, callable_class.__call__

    def __init__(self, session, callable_options):
        begin(self, session, callable_options)
        self._options_of_legacy = callable_options

    def __call__(self, *args, **kwargs):
        session, options = self._session, self._options_of_legacy
        if options.tensor_connection or threading.current_thread() is not threading.main_thread():
            return call(self, *args, **kwargs)
        find = session.graph.as_graph_element
        fetches = [find(name) for name in options.fetch]
        targets = [find(name) for name in options.target]
        feeds = {find(name): value for name, value in zip(options.feed, args)}
        asked = options.run_options if options.HasField('run_options') else None
        return session._run(None, fetches + targets, feeds, asked, kwargs.get('run_metadata'))[:len(fetches)]
    callable_class.__init__, callable_class.__call__ = __init__, __call__
