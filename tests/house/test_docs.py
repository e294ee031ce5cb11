"""The pages under docs/ say what the code says. Run as a program, this renews what is generated."""

import re
from pathlib import Path

import pytest

from sltrace.local import sources

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "docs" / "events.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
GENERATED = re.compile(r"(<!-- sources -->\n).*(<!-- /sources -->\n)", re.DOTALL)


def renewed(page):
    return GENERATED.sub(lambda marks: marks[1] + sources.markdown() + marks[2], page)


def test_the_table_of_the_sources_is_the_one_of_the_code():
    page = EVENTS.read_text(encoding="utf-8")
    assert GENERATED.search(page)
    assert page == renewed(page), "renew it: python tests/house/test_docs.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    for path, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", text):
        assert not path or (page.parent / path).exists(), path
        assert path or anchor in anchors, anchor


def test_the_python_of_the_events_page_gives_back_what_failed():
    from tests_invoking import ORDERS, SECOND_FAILED, invoke

    (code,) = re.findall(r"^```python\n(.*?)^```", EVENTS.read_text(), re.DOTALL | re.MULTILINE)
    namespace = {}
    exec(compile(code, EVENTS.name, "exec"), namespace)
    _, spans = invoke(namespace["handler"], ORDERS)
    assert namespace["handler"](ORDERS, None) == SECOND_FAILED
    assert [span.name for span in spans[:2]] == ["process orders"] * 2


def test_every_attribute_of_events_in_general_is_told_of():
    code = "".join(path.read_text() for path in (ROOT / "sltrace").rglob("*.py"))
    named = set(re.findall(r'"(sltrace\.(?:event|batch|authorizer)\.[a-z_.]+)"', code))
    page = EVENTS.read_text(encoding="utf-8")
    assert {name for name in named if f"`{name}`" not in page} == set()


if __name__ == "__main__":
    EVENTS.write_text(renewed(EVENTS.read_text(encoding="utf-8")), encoding="utf-8")
