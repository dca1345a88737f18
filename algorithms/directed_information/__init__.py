"""Directed information: plasticity and empowerment, exact, certified and from data."""

from corollary.algorithms.directed_information._agency import (
    Tension,
    empowerment,
    plasticity,
    tension,
)
from corollary.algorithms.directed_information._interface import joint_from_kernels
from corollary.algorithms.directed_information._table import (
    Information,
    InformationTable,
    arrow_bound,
    information_table,
)

__all__ = [
    "Information",
    "InformationTable",
    "Tension",
    "arrow_bound",
    "empowerment",
    "information_table",
    "joint_from_kernels",
    "plasticity",
    "tension",
]
