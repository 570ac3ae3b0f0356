"""JUnit XML, which any CI shows."""
import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from legacy.formats import files

FORBIDDEN = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')  # in XML 1.0
KINDS = ('failure', 'error', 'skipped')
Case = tuple[str, str | None, str, float]  # name, one of KINDS or None where it passed, text, seconds


def suite(name: str, class_name: str, cases: Sequence[Case]) -> ElementTree.Element:
    """A test suite."""
    element = ElementTree.Element('testsuite', name=_text(name), tests=str(len(cases)))
    counts = dict.fromkeys(KINDS, 0)
    for case_name, kind, text, seconds in cases:
        case = ElementTree.SubElement(element, 'testcase', classname=class_name, name=_text(case_name),
                                      time=f'{seconds:.3f}')
        if kind:
            counts[kind] += 1
            ElementTree.SubElement(case, kind, message=_text(text))
        else:
            ElementTree.SubElement(case, 'system-out').text = _text(text)
    element.attrib.update(failures=str(counts['failure']), errors=str(counts['error']), skipped=str(counts['skipped']))
    return element


def document(suites: Iterable[ElementTree.Element], command: str) -> bytes:
    """The bytes of the file that the command of this name makes."""
    root = ElementTree.Element('testsuites', name=files.sign(command))
    root.extend(suites)
    content: bytes = ElementTree.tostring(root, encoding='utf-8', xml_declaration=True)
    return content


def _text(text: str) -> str:
    return FORBIDDEN.sub('\ufffd', text)
