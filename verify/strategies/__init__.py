"""Hypothesis strategies for the objects the claims are about, for use in anybody's tests."""
