"""The exponential and logarithm of the kernels are within 1 ulp of the truth, in ball arithmetic.

Measured twice: compiled (with fused multiply-add where the machine has it) and as plain Python
(without), because the bound is claimed for both.
"""

import numpy as np
import pytest
from flint import arb, ctx

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax import _elementary


@kernel(cached=False)
def compiled_exp(x, out):
    for i in range(x.size):
        out[i] = _elementary.exp_nonpositive(x[i])


@kernel(cached=False)
def compiled_log(x, out):
    for i in range(x.size):
        out[i] = _elementary.log_positive(x[i])


@kernel(cached=False)
def compiled_log1p(x, out):
    for i in range(x.size):
        out[i] = _elementary.log1p(x[i])


def run(loop, x):
    out = np.empty_like(x)
    loop(x, out)
    return out


def worst_ulps(values, arguments, truth):
    """Return the largest error in units of the last place of the true value."""
    with ctx.workprec(160):
        true = [truth(arb(float(x))) for x in arguments]
        ulps = np.spacing(np.abs(np.array([float(t) for t in true], dtype=values.dtype)))
        return max(
            abs(float((arb(float(v)) - t) / arb(float(u))))
            for v, t, u in zip(values, true, ulps, strict=True)
        )


def nonpositive(dtype, rng, count):
    least = {np.float64: -746.0, np.float32: -104.0}[dtype]
    return np.concatenate(
        [
            rng.uniform(least, 0, count),
            rng.uniform(-2, 0, count),
            -(10.0 ** rng.uniform(-20, 2, count)),
            -np.log(2) / 2 * np.arange(200),  # where the reduction changes its integer
            np.linspace(least, least * 0.94, 200),  # subnormal results
        ]
    ).astype(dtype)


def positive(dtype, rng, count):
    return np.concatenate(
        [
            10.0 ** rng.uniform(-30, 30, count),
            rng.uniform(0.5, 2, count),
            1 + rng.uniform(-1e-3, 1e-3, count),
            2.0 ** np.arange(-100, 100),
        ]
    ).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exp_is_within_one_ulp_also_for_subnormal_results(dtype):
    x = nonpositive(dtype, np.random.default_rng(1), 6000)
    assert worst_ulps(run(compiled_exp, x), x, arb.exp) <= 1
    plain = {np.float64: _elementary._exp64, np.float32: _elementary._exp32}[dtype].py_func
    some = x[::4]
    assert worst_ulps(np.array([plain(v) for v in some]), some, arb.exp) <= 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log_is_within_one_ulp(dtype):
    x = positive(dtype, np.random.default_rng(2), 6000)
    assert worst_ulps(run(compiled_log, x), x, arb.log) <= 1
    plain = {np.float64: _elementary._log64, np.float32: _elementary._log32}[dtype].py_func
    some = x[::4]
    assert worst_ulps(np.array([plain(v) for v in some]), some, arb.log) <= 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log1p_is_within_two_ulp_and_exact_at_zero(dtype):
    rng = np.random.default_rng(3)
    small = 10.0 ** rng.uniform(-30, -1, 3000)
    x = np.concatenate([small, -small, rng.uniform(-0.9999, 3, 6000)]).astype(dtype)
    assert worst_ulps(run(compiled_log1p, x), x, arb.log1p) <= 2
    assert run(compiled_log1p, np.zeros(1, dtype))[0] == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exp_at_the_ends(dtype):
    x = np.array([0.0, -0.0, -np.inf, np.finfo(dtype).min, np.nan], dtype=dtype)
    np.testing.assert_array_equal(run(compiled_exp, x), np.array([1, 1, 0, 0, np.nan], dtype))


def test_the_yardstick_sees_an_error_of_two_ulps():
    x = np.linspace(-3, -1, 50)
    right = run(compiled_exp, x)
    assert worst_ulps(right, x, arb.exp) <= 1
    assert worst_ulps(right + 2 * np.spacing(right), x, arb.exp) > 1
