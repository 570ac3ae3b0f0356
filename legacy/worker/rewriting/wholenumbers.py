"""The mean of whole numbers, which some releases add up in the numbers' own narrow type, so that the sum overflows.
Here it is added up in float64, which holds it exactly, divided once, and cut to a whole number, as every release cuts
it: every arithmetic that is to be exact has this rule, so that nobody's overflow is in it. Runs on Python 3.6."""
from legacy.worker.rewriting.nodes import DOUBLE, INT32, Type
from legacy.worker.rewriting.site import Site

UINT8, INT16, INT8, UINT16, UINT32 = (Type(k) for k in (4, 5, 6, 17, 22))
# Of which float64 holds the sum of two million and more; an int64 it does not hold.
NARROW = (UINT8, INT8, UINT16, INT16, UINT32, INT32)


def is_mean(site: Site) -> bool:
    """Whether an op is the mean of such whole numbers."""
    return site.node.op == 'Mean' and site.dtype() in NARROW


def mean(site: Site) -> None:
    """The exact mean, cut towards zero."""
    dtype = site.dtype()
    terms = site.op('Cast', site.inputs[0], SrcT=dtype, DstT=DOUBLE, label='wide')
    total = site.reduce('Sum', terms, site.inputs[1], bool(site.attribute('keep_dims', False)), index=site.dtype(1))
    count = site.div(site.size(terms), site.size(total))
    site.finish('Cast', site.div(total, count), SrcT=DOUBLE, DstT=dtype)
