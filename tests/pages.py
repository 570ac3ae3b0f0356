"""What is asked of every page."""
import re


def assert_self_contained(html):
    """No script, and nothing from elsewhere."""
    assert '<script' not in html.lower()
    outside = re.findall(r'(?:src|href)="(?!#)([^"]*)"|url\((?!#)([^)]*)\)|@import', html)
    assert outside == []
