"""The two-armed bandit of arXiv 2505.10361, exactly: five steps, the agent moving first."""

from __future__ import annotations

from collections.abc import Sequence

from corollary.algorithms.directed_information import (
    InformationTable,
    bandit_environment,
    information_table,
    joint_from_kernels,
    q_learning_agent,
)

ORDER = "A"
STEPS = 5
SOURCE, TARGET = (1, 3), (2, 5)
STEP_SIZE = 0.1
PARAMETERS = {
    "steps": STEPS,
    "source": list(SOURCE),
    "target": list(TARGET),
    "step_size": STEP_SIZE,
}


def bandit(success: Sequence[float], epsilon: float, initial_value: float) -> InformationTable:
    """Return the table of an epsilon-greedy learner in a bandit, from the joint pmf."""
    agent = q_learning_agent(epsilon=epsilon, step_size=STEP_SIZE, initial_value=initial_value)
    joint = joint_from_kernels(agent, bandit_environment(success), STEPS, order=ORDER)
    return information_table(joint, STEPS)


def arms_label(success: Sequence[float]) -> str:
    """Return how a bandit is called in tables and legends: its success probabilities."""
    return " / ".join(f"{rate:g}" for rate in success)
