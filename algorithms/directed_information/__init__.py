"""Directed information: plasticity and empowerment, exact, certified and from data."""

from corollary.algorithms.directed_information._agency import (
    Tension,
    empowerment,
    plasticity,
    tension,
)
from corollary.algorithms.directed_information._capacity import Capacity, blahut_arimoto
from corollary.algorithms.directed_information._context_tree import context_tree_predictions
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
from corollary.algorithms.directed_information._frontier import two_step_frontier
from corollary.algorithms.directed_information._gaussian import (
    autoregression_covariance,
    gaussian_rate,
    gaussian_table,
)
from corollary.algorithms.directed_information._interface import joint_from_kernels
from corollary.algorithms.directed_information._monte_carlo import Estimate, monte_carlo
from corollary.algorithms.directed_information._plug_in import PlugInRate, plug_in_rate
from corollary.algorithms.directed_information._resampling import (
    RandomTest,
    block_bootstrap,
    open_loop_test,
    permutation_test,
)
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
from corollary.algorithms.directed_information._two_steps import TWO_STEP_PAIRS, two_step_joints
from corollary.algorithms.directed_information._universal import UniversalRate, universal_rate

__all__ = [
    "TWO_STEP_PAIRS",
    "Capacity",
    "Estimate",
    "FiniteStateModel",
    "Information",
    "InformationTable",
    "PlugInRate",
    "RandomTest",
    "RateBounds",
    "Tension",
    "UniversalRate",
    "arrow_bound",
    "autoregression_covariance",
    "bandit_environment",
    "blahut_arimoto",
    "block_bootstrap",
    "channel_tables",
    "context_tree_predictions",
    "copy_agent",
    "directed_information_growth",
    "driven_channel",
    "echo_environment",
    "empowerment",
    "feedback_capacity",
    "finite_state_model",
    "gaussian_rate",
    "gaussian_table",
    "information_table",
    "ising_channel",
    "joint_from_kernels",
    "monte_carlo",
    "open_loop_test",
    "permutation_test",
    "plasticity",
    "plug_in_rate",
    "post_channel",
    "potential_empowerment",
    "potential_plasticity",
    "q_learning_agent",
    "rate_bounds",
    "tension",
    "trapdoor_channel",
    "two_step_frontier",
    "two_step_joints",
    "uniform",
    "universal_rate",
]
