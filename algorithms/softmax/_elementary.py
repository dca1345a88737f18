"""Our own exp and log: plain arithmetic that LLVM turns into vector code, at most 1 ulp off.

Numba's wheels carry no vector mathematics library, so the library ``exp`` stays one call per
element, slower than NumPy's. These functions are branch-free polynomials. They are compiled on
their own with the single flag ``contract`` (fused multiply-add where the machine has it): with
``reassoc`` the compiler would cancel the constant that rounds to an integer, and the result would
be wrong by half. The bound of 1 ulp holds with and without fused multiply-add; the tests measure
both, the second through the uncompiled bodies.

Coefficients: Chebyshev interpolation at 300 bits on the reduced range, rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from corollary.algorithms._kernel import kernel

# exp(x) = 2**k exp(r), r = x - k ln 2 in [-ln(2)/2, ln(2)/2], exp(r) = 1 + r + r**2 q(r).
# Adding 1.5 * 2**(bits of the mantissa) rounds to an integer and leaves it in the low bits.
_ROUND64 = 6755399441055744.0
_LOG2E64 = 1.4426950408889634
_LN2_HIGH64 = 0.6931471805598903  # 42 bits, so that k times it is exact
_LN2_LOW64 = 5.497923018708371e-14
_Q64 = (
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326136,
    0.0013888888888883748,
    0.00019841269874820627,
    2.4801587325547743e-05,
    2.7557255400206422e-06,
    2.75572736431103e-07,
    2.5105217004720745e-08,
    2.0914686968086876e-09,
)
# 2**k is built 2**64 times too large and scaled down once more, so that subnormal results are
# rounded once, like all others.
_BIAS64 = np.int64(1023 + 64)
_SHIFT64 = np.int64(52)
_DOWN64 = 2.0**-64
_LEAST64 = -746.0  # below ln(2**-1075): exp rounds to zero

_ROUND32 = np.float32(12582912.0)
_LOG2E32 = np.float32(1.442695)
_LN2_HIGH32 = np.float32(0.693145751953125)  # 15 bits
_LN2_LOW32 = np.float32(1.4286068e-06)
_Q32 = (
    np.float32(0.5),
    np.float32(0.16666667),
    np.float32(0.041666467),
    np.float32(0.0083333105),
    np.float32(0.001393365),
    np.float32(0.00019890991),
)
_BIAS32 = np.int32(127 + 32)
_SHIFT32 = np.int32(23)
_DOWN32 = np.float32(2.0**-32)
_LEAST32 = np.float32(-104.0)  # below ln(2**-150)
_ONE32 = np.float32(1.0)

# log(x) = k ln 2 + log(1 + f), f in [sqrt(1/2) - 1, sqrt(2) - 1]; with s = f / (2 + f) the last
# term is 2 s + s z p(z), z = s**2, arranged so that f itself is added last.
_HALF_ROOT64 = np.float64(0.7071067811865476).view(np.int64)
_P64 = (
    0.666666666666667,
    0.39999999999899444,
    0.2857142862600327,
    0.22222211130259878,
    0.18182889455674947,
    0.15331710618210773,
    0.14616585424888623,
)
_HALF_ROOT32 = np.float32(0.70710677).view(np.int32)
_P32 = (np.float32(0.66666687), np.float32(0.39988777), np.float32(0.29580054))
_HALF32 = np.float32(0.5)
_TWO32 = np.float32(2.0)


@kernel(cached=False, flags=frozenset({"contract"}))
def _exp64(x: Any) -> Any:
    if x < _LEAST64:
        x = _LEAST64
    shifted = x * _LOG2E64 + _ROUND64
    k = shifted - _ROUND64
    high = x - k * _LN2_HIGH64
    r = high - k * _LN2_LOW64
    lost = (high - r) - k * _LN2_LOW64  # what the rounding of r dropped
    q = _Q64[10]
    q = q * r + _Q64[9]
    q = q * r + _Q64[8]
    q = q * r + _Q64[7]
    q = q * r + _Q64[6]
    q = q * r + _Q64[5]
    q = q * r + _Q64[4]
    q = q * r + _Q64[3]
    q = q * r + _Q64[2]
    q = q * r + _Q64[1]
    q = q * r + _Q64[0]
    power = np.int64((np.float64(shifted).view(np.int64) + _BIAS64) << _SHIFT64)
    return (1.0 + (r + (r * r * q + lost))) * power.view(np.float64) * _DOWN64


@kernel(cached=False, flags=frozenset({"contract"}))
def _exp32(x: Any) -> Any:
    if x < _LEAST32:
        x = _LEAST32
    shifted = x * _LOG2E32 + _ROUND32
    k = shifted - _ROUND32
    high = x - k * _LN2_HIGH32
    r = high - k * _LN2_LOW32
    lost = (high - r) - k * _LN2_LOW32  # what the rounding of r dropped
    q = _Q32[5]
    q = q * r + _Q32[4]
    q = q * r + _Q32[3]
    q = q * r + _Q32[2]
    q = q * r + _Q32[1]
    q = q * r + _Q32[0]
    power = np.int32((np.float32(shifted).view(np.int32) + _BIAS32) << _SHIFT32)
    return (_ONE32 + (r + (r * r * q + lost))) * power.view(np.float32) * _DOWN32


@kernel(cached=False, flags=frozenset({"contract"}))
def _log64(x: Any) -> Any:
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _HALF_ROOT64) >> _SHIFT64
    f = np.int64(bits - (exponent << _SHIFT64)).view(np.float64) - 1.0
    k = np.float64(exponent)
    s = f / (2.0 + f)
    z = s * s
    p = _P64[6]
    p = p * z + _P64[5]
    p = p * z + _P64[4]
    p = p * z + _P64[3]
    p = p * z + _P64[2]
    p = p * z + _P64[1]
    p = p * z + _P64[0]
    half_square = 0.5 * f * f
    tail = s * (half_square + z * p) + k * _LN2_LOW64
    return k * _LN2_HIGH64 - ((half_square - tail) - f)


@kernel(cached=False, flags=frozenset({"contract"}))
def _log32(x: Any) -> Any:
    bits = np.float32(x).view(np.int32)
    exponent = np.int32((bits - _HALF_ROOT32) >> _SHIFT32)
    f = np.int32(bits - (exponent << _SHIFT32)).view(np.float32) - _ONE32
    k = np.float32(exponent)
    s = f / (_TWO32 + f)
    z = s * s
    p = _P32[2]
    p = p * z + _P32[1]
    p = p * z + _P32[0]
    half_square = _HALF32 * f * f
    tail = s * (half_square + z * p) + k * _LN2_LOW32
    return k * _LN2_HIGH32 - ((half_square - tail) - f)


@kernel(cached=False)
def _log1p64(x: Any) -> Any:
    rounded = 1.0 + x
    return _log64(rounded) + (x - (rounded - 1.0)) / rounded


@kernel(cached=False)
def _log1p32(x: Any) -> Any:
    rounded = _ONE32 + x
    return _log32(rounded) + (x - (rounded - _ONE32)) / rounded


def by_dtype(single: Any, double: Any) -> Any:
    """Return one function of a scalar or array that runs `single` on float32, else `double`.

    Compiled callers choose while compiling; with compilation switched off the choice is made at
    the call.
    """

    def call(x: Any) -> Any:
        return single(x) if x.dtype == np.float32 else double(x)

    def choose(x: Any) -> Any:
        chosen = single if getattr(x, "dtype", x) == types.float32 else double

        def compiled(x: Any) -> Any:
            return chosen(x)

        return compiled

    overload(call)(choose)
    return call


# e**x for a scalar x <= 0; minus infinity gives 0, NaN gives NaN.
exp_nonpositive = by_dtype(_exp32, _exp64)
# ln(x) for a positive, finite, normal scalar.
log_positive = by_dtype(_log32, _log64)
# ln(1 + x) for a finite scalar x > -1, to within 2 ulp also where x is tiny.
log1p = by_dtype(_log1p32, _log1p64)
