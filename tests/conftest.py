"""Settings shared by all tests."""

import hypothesis
import pytest

# Compilation on first call makes the default deadline of 200 ms a source of flaky failures.
hypothesis.settings.register_profile("corollary", deadline=None, database=None)
hypothesis.settings.load_profile("corollary")


@pytest.fixture
def registry():
    """The registry of claims, restored after the test, for claims made inside it."""
    from corollary.verify.claim import REGISTRY

    kept = dict(REGISTRY)
    yield REGISTRY
    REGISTRY.clear()
    REGISTRY.update(kept)
