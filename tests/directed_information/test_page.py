"""The first example of the documentation page is short enough to read at a glance."""

from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "directed-information.md"


def test_the_example_has_ten_lines():
    code = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert len([line for line in code.splitlines() if line]) <= 10
