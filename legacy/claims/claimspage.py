"""The results as one page."""
from legacy.claims.claim import NOT, ONLY, SUPPORTED
from legacy.claims.results import Results
from legacy.reports import pages

WORD_CLASS = {SUPPORTED: 'supported', ONLY: 'only', NOT: 'unsupported'}


def page(results: Results) -> str:
    """The page, as text. What came from a worker or a user is escaped."""
    claims = [{'module': claim.module, 'verdict': claim.verdict, 'remark': claim.remark, 'table': claim.table,
               'picture': pages.drawing(claim.figure())} for claim in results.claims]
    return pages.render('claims.html', 'claims', results=results, claims=claims, word_class=WORD_CLASS)
