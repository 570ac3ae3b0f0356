"""What is asked of every page."""
import re
import shutil
import subprocess

import pytest

from legacy.reports.pages import TEMPLATES
from tests.command_line import LONGEST

SCRIPT = (TEMPLATES / 'table.js').read_text(encoding='utf-8').rstrip()


def assert_self_contained(html):
    """No script but this project's own, at most once, and nothing from elsewhere."""
    assert '<script' not in html.replace(f'<script>\n{SCRIPT}</script>', '', 1).lower()
    outside = re.findall(r'(?:src|href)="(?!#)([^"]*)"|url\((?!#)([^)]*)\)|@import', html)
    assert outside == []


def in_browser(html, folder, width=400):
    """The document as a browser has it after scripts, as text; a picture of it is in `folder`/page.png. Skips where
    there is no Chromium."""
    browser = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if browser is None:
        pytest.skip('no Chromium on PATH: the page was not shown in a browser')
    (folder / 'page.html').write_text(html, encoding='utf-8')
    return subprocess.run([browser, '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
                           '--disable-background-networking', '--disable-sync', '--disable-component-update',
                           f'--user-data-dir={folder}/profile', f'--window-size={width},3000',
                           '--virtual-time-budget=500', f'--screenshot={folder}/page.png', '--dump-dom',
                           f'file://{folder}/page.html'], capture_output=True, text=True, timeout=LONGEST).stdout
