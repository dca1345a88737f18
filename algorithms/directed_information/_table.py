"""All directed informations of two sequences, as sums over one small matrix of atoms.

With G[j, i] = H(X_{1:j}, Y_{1:i}), the atom

    T[j, i] = G[j, i-1] + G[j-1, i] - G[j, i] - G[j-1, i-1] = I(X_j ; Y_i | X_{<j}, Y_{<i}) >= 0

and, over the rectangle a <= j <= b, c <= i <= d, the generalised directed information of
X_{a:b} to Y_{c:d} is the sum of the atoms with j <= i, the strict one of Y_{c:d} to X_{a:b} the
sum of those with j > i, and the conditional mutual information the sum of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._surface import entropy_surface

Array = npt.NDArray[np.float64]
Interval = tuple[int, int]

_ROUNDING = 1e-10  # an information this little below zero is a rounded zero


@dataclass(frozen=True)
class Information:
    """One amount of information, with what it is about and how large it could be.

    Attributes
    ----------
    value : float or float64 array
        In `unit`; an array if the table was a batch.
    unit : str
        ``"bit"``, ``"nat"`` or ``"hartley"``.
    source, target : (int, int)
        1-based inclusive intervals.
    arrow : str
        ``"full"``: the source acts up to the target's own index. ``"strict"``: only before it.
        ``"none"``: a mutual information, without direction.
    bound : float
        The largest value that alphabets and intervals admit.
    order : str or None
        Who moves first within a step (see `joint_from_kernels`), where that is known.
    """

    value: float | Array
    unit: str
    source: Interval
    target: Interval
    arrow: str
    bound: float
    order: str | None = None

    @property
    def slack(self) -> float | Array:
        """What is missing to the bound."""
        return self.bound - self.value

    def __float__(self) -> float:
        return float(self.value)


@dataclass(frozen=True, eq=False)
class InformationTable:
    """The entropies of all prefixes of X and Y, and every interval query in constant time.

    Attributes
    ----------
    surface : float64 array (..., n+1, n+1)
        G[j, i] = H(X_{1:j}, Y_{1:i}); for the Gaussian back-end up to terms that cancel.
    log_sizes : (float, float)
        Logarithms of the alphabet sizes of X and Y (infinite for continuous sequences).
    unit : str
        Unit of everything in the table.
    """

    surface: Array
    log_sizes: tuple[float, float]
    unit: str

    @property
    def horizon(self) -> int:
        """Length n of both sequences."""
        return int(self.surface.shape[-1]) - 1

    @cached_property
    def atoms(self) -> Array:
        """T[..., j-1, i-1] = I(X_j ; Y_i | X_{<j}, Y_{<i}), shape (..., n, n)."""
        g = self.surface
        atoms = g[..., 1:, :-1] + g[..., :-1, 1:] - g[..., 1:, 1:] - g[..., :-1, :-1]
        return _without_rounded_zeros(atoms)

    @cached_property
    def _lower_sums(self) -> Array:
        """Prefix sums of the atoms with j <= i."""
        return _prefix_sums(self.atoms * _mask(self.horizon, strict=False))

    @cached_property
    def _upper_sums(self) -> Array:
        """Prefix sums of the atoms with j > i."""
        return _prefix_sums(self.atoms * _mask(self.horizon, strict=True))

    def directed_information(
        self, source: Interval | None = None, target: Interval | None = None
    ) -> Information:
        """Return I(X_source -> Y_target), X acting up to and at the target's own index.

        Parameters
        ----------
        source, target : (int, int), optional
            1-based inclusive intervals of X and of Y; all indices if left out.

        Source
        ------
        Abel et al., arXiv 2505.10361, generalised directed information.
        """
        a, b = checks.interval("source", source, self.horizon)
        c, d = checks.interval("target", target, self.horizon)
        value = _rectangle(self._lower_sums, a, b, c, d)
        bound = arrow_bound((a, b), (c, d), *self.log_sizes, strict=False)
        return Information(value, self.unit, (a, b), (c, d), "full", bound)

    def strict(self, source: Interval | None = None, target: Interval | None = None) -> Information:
        """Return I(Y_source ~> X_target), Y acting only before the target's own index.

        Parameters
        ----------
        source, target : (int, int), optional
            1-based inclusive intervals of Y and of X; all indices if left out.
        """
        c, d = checks.interval("source", source, self.horizon)
        a, b = checks.interval("target", target, self.horizon)
        value = _rectangle(self._upper_sums, a, b, c, d)
        log_x, log_y = self.log_sizes
        bound = arrow_bound((c, d), (a, b), log_y, log_x, strict=True)
        return Information(value, self.unit, (c, d), (a, b), "strict", bound)

    def conditional_mutual_information(
        self, source: Interval | None = None, target: Interval | None = None
    ) -> Information:
        """Return I(X_{a:b} ; Y_{c:d} | X_{<a}, Y_{<c}) for source (a, b) and target (c, d)."""
        a, b = checks.interval("source", source, self.horizon)
        c, d = checks.interval("target", target, self.horizon)
        g = self.surface
        value = g[..., b, c - 1] + g[..., a - 1, d] - g[..., b, d] - g[..., a - 1, c - 1]
        log_x, log_y = self.log_sizes
        bound = min((b - a + 1) * log_x, (d - c + 1) * log_y)
        return Information(_scalar(value), self.unit, (a, b), (c, d), "none", bound)

    def transposed(self) -> InformationTable:
        """Return the table with the roles of X and Y exchanged."""
        log_x, log_y = self.log_sizes
        return InformationTable(np.swapaxes(self.surface, -1, -2), (log_y, log_x), self.unit)

    def blocked(self, block: int) -> InformationTable:
        """Return the table of the same sequences read in blocks of `block` symbols."""
        size = checks.whole("block", block, least=1)
        if self.horizon % size:
            raise ValueError(f"block is {size}; it must divide the horizon, {self.horizon}")
        log_x, log_y = self.log_sizes
        coarse = self.surface[..., ::size, ::size]
        return InformationTable(coarse, (size * log_x, size * log_y), self.unit)


def information_table(joint: Any, horizon: int, *, base: float = 2) -> InformationTable:
    """Return the table of all directed informations of two sequences, from their joint pmf.

    Parameters
    ----------
    joint : array_like (..., kx**horizon, ky**horizon)
        Joint pmf; the row index is the word X_1..X_n, first symbol most significant, the column
        index the word Y_1..Y_n. Leading axes are a batch. float32 is computed in double.
    horizon : int
        Length n of both sequences.
    base : {2, e, 10}
        Base of the logarithm: bits, nats or hartleys.

    Raises
    ------
    ValueError
        If the joint is not a pmf, or its sides are not n-th powers.

    Notes
    -----
    Time: one pass over the joint, at most ``1 / ((1 - 1/kx) (1 - 1/ky))`` times the cost of its
    entropy for all intervals and both directions. Memory: a few rows per symbol. Rounding: an
    atom is a difference of entropies, good to about 1e-13 bits.

    Example
    -------
    A fair bit X_1 comes out as Y_1 and goes back in as X_2, for two steps:

    >>> import numpy as np
    >>> joint = np.zeros((4, 4))
    >>> joint[0b00, 0b00] = joint[0b11, 0b11] = 0.5
    >>> table = information_table(joint, horizon=2)
    >>> table.directed_information().value
    1.0
    >>> table.strict().value
    0.0
    """
    n = checks.whole("horizon", horizon, least=1)
    scale, unit = checks.base_of(base)
    pmf = checks.probabilities("joint", joint, axes=2)
    kx = checks.alphabet_size("the number of rows of joint", pmf.shape[-2], n)
    ky = checks.alphabet_size("the number of columns of joint", pmf.shape[-1], n)
    surface = entropy_surface(pmf, n, kx, ky) * scale
    return InformationTable(surface, (math.log2(kx) * scale, math.log2(ky) * scale), unit)


def arrow_bound(
    source: Interval, target: Interval, log_source: float, log_target: float, *, strict: bool
) -> float:
    """Return the largest directed information that intervals and alphabet sizes admit.

    Only target symbols that some source symbol precedes can learn, and only source symbols that
    some target symbol follows can teach.
    """
    (a, b), (c, d), gap = source, target, int(strict)
    taught = d - max(a + gap, c) + 1
    teaching = min(b, d - gap) - a + 1
    if taught <= 0 or teaching <= 0:
        return 0.0
    return min(taught * log_target, teaching * log_source)


def _without_rounded_zeros(values: Array) -> Array:
    return np.where((values < 0.0) & (values >= -_ROUNDING), 0.0, values) + 0.0  # no -0.0


@cache
def _mask(horizon: int, *, strict: bool) -> Array:
    """Return 1 where j > i (strict) or where j <= i, and 0 elsewhere; not to be changed."""
    below = np.tri(horizon, k=-1)
    return below if strict else 1.0 - below


def _prefix_sums(atoms: Array) -> Array:
    sums = np.zeros((*atoms.shape[:-2], atoms.shape[-2] + 1, atoms.shape[-1] + 1))
    inside = sums[..., 1:, 1:]
    np.cumsum(atoms, axis=-2, out=inside)
    np.cumsum(inside, axis=-1, out=inside)
    return sums


def _rectangle(sums: Array, a: int, b: int, c: int, d: int) -> float | Array:
    return _scalar(
        sums[..., b, d] - sums[..., a - 1, d] - sums[..., b, c - 1] + sums[..., a - 1, c - 1]
    )


def _scalar(value: Array) -> float | Array:
    if value.ndim:
        return _without_rounded_zeros(value)
    number = float(value)
    return 0.0 if -_ROUNDING <= number <= 0.0 else number
