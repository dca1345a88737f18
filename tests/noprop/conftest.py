"""Small labelled data."""

import numpy as np
import pytest
from sklearn.datasets import load_iris


@pytest.fixture(scope="session")
def iris():
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.fixture
def tiny():
    """Eight rows, two features, two classes."""
    random = np.random.default_rng(0)
    y = np.arange(8) % 2
    return random.standard_normal((8, 2)) + 3 * y[:, None], y
