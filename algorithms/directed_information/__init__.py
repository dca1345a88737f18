"""Directed information: plasticity and empowerment, exact, certified and from data."""

from corollary.algorithms.directed_information._agency import (
    Tension,
    empowerment,
    plasticity,
    tension,
)
from corollary.algorithms.directed_information._capacity import Capacity, blahut_arimoto
from corollary.algorithms.directed_information._feedback import (
    feedback_capacity,
    potential_empowerment,
    potential_plasticity,
)
from corollary.algorithms.directed_information._finite_state import (
    FiniteStateModel,
    RateBounds,
    channel_tables,
    directed_information_growth,
    driven_channel,
    finite_state_model,
    rate_bounds,
)
from corollary.algorithms.directed_information._interface import joint_from_kernels
from corollary.algorithms.directed_information._systems import (
    bandit_environment,
    copy_agent,
    echo_environment,
    ising_channel,
    post_channel,
    q_learning_agent,
    trapdoor_channel,
    uniform,
)
from corollary.algorithms.directed_information._table import (
    Information,
    InformationTable,
    arrow_bound,
    information_table,
)

__all__ = [
    "Capacity",
    "FiniteStateModel",
    "Information",
    "InformationTable",
    "RateBounds",
    "Tension",
    "arrow_bound",
    "bandit_environment",
    "blahut_arimoto",
    "channel_tables",
    "copy_agent",
    "directed_information_growth",
    "driven_channel",
    "echo_environment",
    "empowerment",
    "feedback_capacity",
    "finite_state_model",
    "information_table",
    "ising_channel",
    "joint_from_kernels",
    "plasticity",
    "post_channel",
    "potential_empowerment",
    "potential_plasticity",
    "q_learning_agent",
    "rate_bounds",
    "tension",
    "trapdoor_channel",
    "uniform",
]
