"""Adapters from the functions people have to the roles that claims are about."""

from corollary.verify.adapters import attention, backward

__all__ = ["attention", "backward"]
