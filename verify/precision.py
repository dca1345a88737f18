"""Number formats: the unit in which an implementation's errors are judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Precision:
    """A binary floating-point format.

    Attributes
    ----------
    name : str
        The name under which array libraries know it.
    unit : float
        Unit roundoff, the largest relative error of one correctly rounded operation.
    tiny : float
        Smallest normal number; below it relative accuracy is lost (or results become zero).
    largest : float
        Largest finite number.
    """

    name: str
    unit: float
    tiny: float
    largest: float

    def round(self, values: Array) -> Array:
        """Return `values` rounded to this format, as float64."""
        if self.name == "float64":
            return values
        if self.name == "bfloat16":
            return _round_to_bfloat16(values)
        with np.errstate(over="ignore", under="ignore"):
            return values.astype(self.name).astype(np.float64)


def _round_to_bfloat16(values: Array) -> Array:
    """Return `values` rounded to nearest, ties to even, on the upper half of a float32."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(
        0xFFFF0000
    )
    special = ~np.isfinite(values)
    return np.where(special, values, rounded.view(np.float32)).astype(np.float64)


PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision("float64", 2.0**-53, 2.0**-1022, float(np.finfo(np.float64).max)),
        Precision("float32", 2.0**-24, 2.0**-126, float(np.finfo(np.float32).max)),
        Precision("float16", 2.0**-11, 2.0**-14, 65504.0),
        Precision("bfloat16", 2.0**-8, 2.0**-126, 3.3895313892515355e38),
    )
}
FLOAT64 = PRECISIONS["float64"]
