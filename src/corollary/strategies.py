"""Hypothesis strategies for the objects that claims are about."""

from corollary.verify.strategies import *  # noqa: F403
from corollary.verify.strategies import __all__ as __all__
