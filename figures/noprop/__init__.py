"""Figures of the NoProp family."""
