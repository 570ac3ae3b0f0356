"""tf.contrib.training: HParams. Runs on Python 3.6."""
import json
import re


class HParams(object):
    """Named settings, read and written as attributes; `parse` takes 'name=value,name=[1,2]'."""

    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        object.__setattr__(self, '_values', {})
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name, value):
        """A new setting. Raises ValueError for one that is there."""
        if name in self._values or hasattr(type(self), name):
            raise ValueError('Hyperparameter name is reserved: %s' % name)
        self._values[name] = value

    def set_hparam(self, name, value):
        """Another value, of the type that the old one has. KeyError for an unknown name."""
        self._values[name] = _like(self._values[name], value, name)

    def del_hparam(self, name):
        """Take a setting out."""
        self._values.pop(name, None)

    def __getattr__(self, name):
        try:
            return self.__dict__['_values'][name]
        except KeyError:
            raise AttributeError(name)

    def __setattr__(self, name, value):
        if name not in self._values:
            raise AttributeError('unknown hyperparameter %s' % name)
        self._values[name] = value

    def __contains__(self, name):
        return name in self._values

    def values(self):
        """{name: value}"""
        return dict(self._values)

    def get(self, key, default=None):
        """The value, or the default."""
        return self._values.get(key, default)

    def override_from_dict(self, values_dict):
        """Set several."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def parse(self, values):
        """Set several from text. Raises ValueError for text of another form or an unknown name."""
        for name, listed, single in re.findall(r'([A-Za-z_]\w*)\s*=\s*(?:\[([^\]]*)\]|([^,\[]*))', values):
            if name not in self._values:
                raise ValueError('Unknown hyperparameter type for %s' % name)
            value = [part.strip() for part in listed.split(',')] if listed else single.strip()
            self.set_hparam(name, value)
        return self

    def to_json(self, indent=None, separators=None, sort_keys=False):
        """The values as JSON."""
        return json.dumps(self._values, indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json):
        """Set several from JSON."""
        return self.override_from_dict(json.loads(values_json))


def _like(old, new, name):
    """`new` as the type of `old`."""
    if isinstance(old, (list, tuple)):
        new = new if isinstance(new, (list, tuple)) else [new]
        return [_like(old[0], item, name) if old else item for item in new]
    if isinstance(old, bool) and not isinstance(new, bool):
        if str(new).lower() not in ('true', 'false', '1', '0'):
            raise ValueError('Could not parse %r as a value of %s' % (new, name))
        return str(new).lower() in ('true', '1')
    if old is None or isinstance(new, type(old)):
        return new
    return type(old)(new)
