"""Reports as one page: nothing from elsewhere, and no script but `templates/table.js`, without which all is there."""
import pathlib
from typing import Any

import jinja2
import markupsafe
from matplotlib.figure import Figure

from legacy.formats import files
from legacy.reports import figures

TEMPLATES = pathlib.Path(__file__).resolve().parent / 'templates'


def render(template: str, command: str, **values: Any) -> str:
    """The page, as text, of a file in `templates/`, which the command of this name makes. Every value is escaped, but
    for drawings."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
                                     undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.get_template(template).render(sign=files.sign(command), **values)


def drawing(figure: Figure) -> markupsafe.Markup:
    """The figure as a value for `render`."""
    return markupsafe.Markup(figures.as_svg(figure))
