"""Write the tables of `directed-information.md`: plasticity and empowerment of a bandit learner.

Every number is computed from the joint pmf of five steps, nothing is sampled. Run it as a script
to bring the page up to date; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from corollary.algorithms import directed_information as di

PAGE = Path(__file__).parent / "directed-information.md"
BEGIN, END = "<!-- bandits: begin -->\n", "<!-- bandits: end -->"

ARMS = ((0.3, 0.7), (0.1, 0.9))
EXPLORATIONS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
INITIAL_VALUES = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
SOURCE, TARGET = (1, 3), (2, 5)


def both(arms: tuple[float, float], epsilon: float, initial_value: float) -> str:
    """Return two cells: plasticity and empowerment of a learner, in bits."""
    agent = di.q_learning_agent(epsilon=epsilon, step_size=0.1, initial_value=initial_value)
    joint = di.joint_from_kernels(agent, di.bandit_environment(arms), 5, order="A")
    table = di.information_table(joint, 5)
    plastic = di.plasticity(table, SOURCE, TARGET, order="A").value
    power = di.empowerment(table, SOURCE, TARGET, order="A").value
    return f"{plastic:.6f} | {power:.6f}"


def rows(name: str, settings: Iterable[tuple[float, float, float]]) -> str:
    """Return a table in Markdown; each setting is what is shown, then exploration and value."""
    head = " | ".join(f"arms {a:g}/{b:g}: P | E" for a, b in ARMS)
    lines = [f"| {name} | {head} |", "| --- " * (1 + 2 * len(ARMS)) + "|"]
    for shown, epsilon, value in settings:
        cells = " | ".join(both(arms, epsilon, value) for arms in ARMS)
        lines.append(f"| {shown:g} | {cells} |")
    return "\n".join(lines) + "\n"


def tables() -> str:
    """Return both tables."""
    return "\n".join(
        [
            rows("exploration", [(epsilon, epsilon, 0.0) for epsilon in EXPLORATIONS]),
            rows("initial value", [(value, 0.0, value) for value in INITIAL_VALUES]),
        ]
    )


def updated(page: str) -> str:
    """Return the page with the tables between their marks."""
    pattern = re.escape(BEGIN) + ".*" + re.escape(END)
    return re.sub(pattern, lambda _: BEGIN + tables() + END, page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
