"""A base-two logarithm in plain arithmetic, so that the loops around it become vector code.

The library logarithm is a scalar call that the compiler cannot vectorise. This one splits the
bits of its argument into an exponent and a mantissa in [sqrt(1/2), sqrt(2)), and evaluates the
classical odd series of ``log((1 + s) / (1 - s))`` with the leading part kept in two words.
"""

# mypy: disable-error-code="call-arg, no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from corollary.algorithms._kernel import kernel

_HALF_ROOT_BITS = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_EXPONENT_MASK = -(1 << 52)
_HIGH_WORD_MASK = -(1 << 32)

# Minimax coefficients of the odd series, and 1/ln 2 in two words (FreeBSD's e_log2.c).
_C1 = 6.666666666666735130e-01
_C2 = 3.999999999940941908e-01
_C3 = 2.857142874366239149e-01
_C4 = 2.222219843214978396e-01
_C5 = 1.818357216161805012e-01
_C6 = 1.531383769920937332e-01
_C7 = 1.479819860511658591e-01
_INVERSE_LN2_HIGH = 1.44269504072144627571e00
_INVERSE_LN2_LOW = 1.67517131648865118353e-10


def _bitcast(source: Any, target: Any, words: Any, view: Callable[[Any], Any]) -> Any:
    """Return a function that reads the 64 bits of a `source` as a `target`."""
    if numba.config.DISABLE_JIT:
        return view

    @intrinsic
    def cast(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], words)

        return target(source), generate

    return cast


bits_of = _bitcast(
    types.float64, types.int64, ir.IntType(64), lambda x: int(np.float64(x).view(np.int64))
)
double_of = _bitcast(
    types.int64, types.float64, ir.DoubleType(), lambda b: float(np.int64(b).view(np.float64))
)


@kernel
def log2(x: float) -> float:
    """Return the base-two logarithm of a positive normal number; finite rubbish at zero."""
    bits: int = bits_of(x)
    offset = bits - _HALF_ROOT_BITS
    exponent = offset >> 52
    f = double_of(bits - (offset & _EXPONENT_MASK)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (_C2 + w * (_C4 + w * _C6))
    odd = z * (_C1 + w * (_C3 + w * (_C5 + w * _C7)))
    half_square = 0.5 * f * f
    high = double_of(bits_of(f - half_square) & _HIGH_WORD_MASK)
    low = (f - high) - half_square + s * (half_square + (even + odd))
    big = high * _INVERSE_LN2_HIGH
    small = (low + high) * _INVERSE_LN2_LOW + low * _INVERSE_LN2_HIGH
    whole = float(exponent)
    total = whole + big
    return total + (small + ((whole - total) + big))


@kernel
def plog2p(p: float) -> float:
    """Return p log2 p for a non-negative p, and 0 at 0 (where the logarithm is finite)."""
    return p * log2(p)
