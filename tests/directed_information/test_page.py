"""The example of the documentation page runs and prints what it says."""

from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "directed-information.md"


def test_the_example_prints_what_it_says(capsys):
    code = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    exec(compile(code, str(PAGE), "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first == code.split("print")[1].split("# ")[1].strip()
    assert float(second.split()[0]) > 0
    assert len([line for line in code.splitlines() if line]) <= 10
