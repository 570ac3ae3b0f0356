"""Functions that a session makes of fetches, as runs of it, so that whoever stands in `_do_run` meets them.
Runs on Python 3.6."""
from typing import Any, Callable

from tensorflow.python.client import session as sessions

from legacy.worker.tfobjects import Fetches, Session

BaseSession = sessions.BaseSession


def become_runs(connected: Callable[[], None], scripts: Callable[[], bool] = lambda: True) -> None:
    """Let `make_callable`, and with `_Callable` tf.keras, make a `run`, which is slower and gives the same. connected:
    called with nothing for each call that hands tensors on inside, which no run can do: it is made as it was.
    scripts: function of nothing that says whether this thread's calls are the script's; others are made as they are."""
    if hasattr(BaseSession, 'make_callable'):  # since 1.2
        BaseSession.make_callable = _made_callable(BaseSession.make_callable)
    if hasattr(BaseSession, '_Callable'):
        _observe_callables(BaseSession._Callable, connected, scripts)


def _made_callable(native: Callable[..., Any]) -> Callable[..., Any]:
    def make_callable(session: Session, fetches: Fetches, feed_list: Any = None,
                      accept_options: bool = False) -> Callable[..., Any]:
        if feed_list is not None:  # these make a run by themselves
            made: Callable[..., Any] = native(session, fetches, feed_list, accept_options)
            return made
        if accept_options:
            return lambda *args: session.run(fetches, None, *args)
        return lambda: session.run(fetches)
    return make_callable


def _observe_callables(callable_class: Any, connected: Callable[[], None], scripts: Callable[[], bool]) -> None:
    """Calls of what tf.keras makes of CallableOptions, as runs."""
    begin, call = callable_class.__init__, callable_class.__call__

    def __init__(self: Any, session: Session, callable_options: Any) -> None:
        begin(self, session, callable_options)
        self._options_of_legacy = callable_options

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not scripts():
            return call(self, *args, **kwargs)
        session, options = self._session, self._options_of_legacy
        if options.tensor_connection:
            connected()
            return call(self, *args, **kwargs)
        find = session.graph.as_graph_element
        fetches = [find(name) for name in options.fetch]
        targets = [find(name) for name in options.target]
        feeds = {find(name): value for name, value in zip(options.feed, args)}
        asked = options.run_options if options.HasField('run_options') else None
        return session._run(None, fetches + targets, feeds, asked, kwargs.get('run_metadata'))[:len(fetches)]
    callable_class.__init__, callable_class.__call__ = __init__, __call__
