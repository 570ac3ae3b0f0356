"""The results as one page: no script, and nothing from elsewhere."""
import pathlib

import jinja2
import markupsafe

from legacy import figures
from legacy.claims.claim import NOT, ONLY, SUPPORTED

TEMPLATES = pathlib.Path(__file__).resolve().parent.parent / 'templates'
WORD_CLASS = {SUPPORTED: 'supported', ONLY: 'only', NOT: 'unsupported'}


def page(results):
    """The page, as text. What came from a worker or a user is escaped."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
                                     undefined=jinja2.StrictUndefined, trim_blocks=True)
    claims = [{'module': claim.module, 'verdict': claim.verdict, 'remark': claim.remark, 'table': claim.table,
               'picture': markupsafe.Markup(figures.as_svg(claim.figure()))} for claim in results.claims]
    return environment.get_template('claims.html').render(results=results, claims=claims, word_class=WORD_CLASS)
