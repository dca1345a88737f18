"""Random systems for the tests of directed information."""

import itertools

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(20250510)


@pytest.fixture
def random_joint(rng):
    """Return a function that draws a joint pmf; a small concentration makes it nearly sparse."""

    def draw(horizon, kx=2, ky=2, concentration=1.0, batch=()):
        shape = (kx**horizon, ky**horizon)
        weights = rng.gamma(concentration, size=(*batch, *shape)) + 1e-300
        if concentration < 1:
            weights[weights < 1e-4 * weights.max(axis=(-2, -1), keepdims=True)] = 0.0
        return weights / weights.sum(axis=(-2, -1), keepdims=True)

    return draw


@pytest.fixture
def random_kernels(rng):
    """Return a function that draws an agent and an environment for an order of moves."""

    def draw(horizon, order, ka=2, ko=2, concentration=1.0, batch=()):
        def side(before_a, before_o, symbols):
            rows = rng.gamma(concentration, size=(*batch, ka**before_a, ko**before_o, symbols))
            rows += 1e-12
            return rows / rows.sum(axis=-1, keepdims=True)

        agent = [side(i, i + (order == "O"), ka) for i in range(horizon)]
        environment = [side(i + (order == "A"), i, ko) for i in range(horizon)]
        return agent, environment

    return draw


def all_intervals(horizon):
    ends = [(a, b) for a in range(1, horizon + 1) for b in range(a, horizon + 1)]
    return list(itertools.product(ends, ends))


@pytest.fixture
def intervals():
    """Return a function that lists all pairs of intervals up to a horizon."""
    return all_intervals
