"""How far softmax moves when its logits move, and what its derivative can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import (
    Float,
    common_shape,
    counts,
    reals,
    result,
    scaled_spread,
)
from corollary.theory.softmax._bounds import coefficient_bounds


def total_variation_bound(spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return the greatest total variation between softmaxes whose logits differ by `spread`.

    For logits a and b with s = (max(b-a) - min(b-a)) / temperature it is tanh(s/4): half the
    sum of absolute differences of the coefficients. Attained by `total_variation_pair`. Also
    |ln(p_i / q_i)| <= s for every i.

    Parameters
    ----------
    spread : array of float, at least 0
        Spread of the difference of the two vectors of logits.
    temperature : array of float, above 0
        Divisor of both vectors.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived; sharpens Lemma B.2 of arXiv 2406.04267, which measures twice this distance.

    Examples
    --------
    >>> round(float(total_variation_bound(2.0)), 6)
    0.462117
    """
    s = scaled_spread(spread, temperature)
    return result(np.tanh(s / 4), s.shape)


def total_variation_of_shift(mass: ArrayLike, shift: ArrayLike) -> Float:
    """Return the total variation caused by shifting the logits of a subset by the same amount.

    For a subset of softmax mass m and a shift of e it is exactly
    m (1-m) |e^e - 1| / (1 + m (e^e - 1)), whatever the other logits.

    Parameters
    ----------
    mass : array of float, from 0 to 1
        Sum of the coefficients of the subset before the shift.
    shift : array of float
        Amount added to its logits, in units of the temperature.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived. Its greatest value over the mass is `total_variation_bound` of |shift|.

    Examples
    --------
    >>> round(float(total_variation_of_shift(0.5, 1.0)), 6)
    0.231059
    """
    share = reals("mass", mass, at_least=0.0, at_most=1.0)
    amount = reals("shift", shift)
    shape = common_shape(mass=share, shift=amount)
    # Lowering a set is raising its complement.
    raised = np.where(amount < 0, 1 - share, share)
    kept = np.where(amount < 0, share, 1 - share)
    down = np.exp(-np.abs(amount))
    weight = raised + kept * down  # 0 only where nothing is raised by a great amount
    moved = raised * kept * -np.expm1(-np.abs(amount)) / np.where(raised == 0, 1.0, weight)
    return result(moved, shape)


def swap_bound(
    n: ArrayLike, spread: ArrayLike, diameter: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return how far a head's output can move when one of its n items is replaced.

    With all logits within `spread`, before and after, and all values within `diameter` of each
    other it is diameter / (1 + (n-1) e^-t), t = spread / temperature; attained by an item with
    the greatest coefficient before and after, and values at opposite ends.

    Parameters
    ----------
    n : array of int, at least 1
        Number of items.
    spread : array of float, at least 0
        Greatest difference between two logits, over both sets of items.
    diameter : array of float, at least 0
        Greatest distance between two values, in any norm; the bound is in that norm.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived: why a head with bounded logits cannot stay sharp (arXiv 2410.01104).

    Examples
    --------
    >>> float(swap_bound(4, 0.0, 2.0))
    0.5
    """
    width = reals("diameter", diameter, at_least=0.0)
    greatest = np.asarray(coefficient_bounds(n, spread, temperature)[1])
    shape = common_shape(n_and_spread=greatest, diameter=width)
    return result(np.asarray(width * greatest), shape)


def readout_critical_length(
    spread: ArrayLike,
    diameter: ArrayLike,
    lipschitz: ArrayLike,
    margin: ArrayLike,
    temperature: ArrayLike = 1.0,
) -> Float:
    """Return the length beyond which a readout cannot tell a change of one item.

    It is 1 + e^t (D L / m - 1): two inputs that differ in one item give head outputs closer
    than margin / lipschitz for every n above it, by `swap_bound`, so that no readout with this
    Lipschitz constant separates them by the margin.

    Parameters
    ----------
    spread, diameter, temperature
        As in `swap_bound`.
    lipschitz : array of float, at least 0
        Lipschitz constant of the readout.
    margin : array of float, above 0
        Required distance of the readout's values.

    Returns
    -------
    float64 array of the broadcast shape, not rounded to a whole number; 0 where not even one
    item can be told, inf where the length exceeds the largest float64.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> float(readout_critical_length(0.0, 2.0, 10.0, 1.0))
    20.0
    """
    t = scaled_spread(spread, temperature)
    width, slope = (
        reals("diameter", diameter, at_least=0.0),
        reals("lipschitz", lipschitz, at_least=0.0),
    )
    wanted = reals("margin", margin, above=0.0)
    shape = common_shape(spread=t, diameter=width, lipschitz=slope, margin=wanted)
    half = np.exp(np.minimum(t, 1400.0) / 2)
    with np.errstate(over="ignore"):
        return result(np.maximum(0.0, 1 + half * (width * slope / wanted - 1) * half), shape)


def jacobian_norm_bound(n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return a bound on the spectral norm of the Jacobian of softmax.

    It is min(1/2, 1 / (1 + (n-1) e^-t)) / temperature: gradients to the logits disperse like
    the coefficients do. 1 / (2 temperature) is approached at two equal leading coefficients.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    spread : array of float, at least 0
        Greatest difference between two logits; t = spread / temperature.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are. 0 for one logit.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived. Softmax is therefore 1/2-Lipschitz in the Euclidean norm at temperature 1.

    Examples
    --------
    >>> float(jacobian_norm_bound(2, 9.0))
    0.5
    """
    greatest = np.minimum(coefficient_bounds(n, spread, temperature)[1], 0.5)
    norm = np.where(counts("n", n) == 1, 0.0, greatest)
    with np.errstate(over="ignore"):
        return result(np.asarray(norm / reals("temperature", temperature, above=0.0)), norm.shape)


def jacobian_spectrum_bounds(
    weights: ArrayLike, temperature: ArrayLike = 1.0
) -> tuple[Float, Float]:
    """Return bounds on each eigenvalue of softmax's Jacobian, the largest first.

    The Jacobian is (diag p - p p^T) / temperature. Its eigenvalues interlace the sorted
    coefficients, p_(k+1) <= temperature * lambda_k <= p_(k), the last is 0 and the first at
    most 2 max p (1-p) <= 1/2.

    Parameters
    ----------
    weights : array of float, shape (..., n)
        Coefficients p: not negative, adding up to 1.
    temperature : array of float, above 0, broadcasting against shape (...)

    Returns
    -------
    lower, upper : float64 arrays, shape (..., n).

    Raises
    ------
    TypeError, ValueError
        If `weights` is not numeric, has no last axis, is negative or does not add up to 1
        within 1e-6; if `temperature` is not above 0.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> [bound.tolist() for bound in jacobian_spectrum_bounds([0.5, 0.5])]
    [[0.5, 0.0], [0.5, 0.0]]
    """
    p = _distribution(weights)
    scale = reals("temperature", temperature, above=0.0)[..., None]
    common_shape(weights=p[..., :1], temperature=scale)
    ordered = -np.sort(-p, axis=-1)
    upper, lower = ordered.copy(), np.zeros_like(p)
    lower[..., :-1] = ordered[..., 1:]
    upper[..., 0] = np.minimum(upper[..., 0], 2 * np.max(p * (1 - p), axis=-1))
    upper[..., -1] = 0.0
    with np.errstate(over="ignore"):
        return lower / scale, upper / scale


def _distribution(weights: ArrayLike) -> Float:
    p = reals("weights", weights, at_least=0.0)
    if p.ndim == 0 or p.shape[-1] == 0:
        raise ValueError(f"weights must have a last axis with at least one entry, got {p.shape}")
    total = p.sum(axis=-1)
    if not (np.abs(total - 1) <= 1e-6).all():
        raise ValueError(f"weights must add up to 1 along the last axis, got {total!s}")
    return p


def softmax_box_bounds(lower: ArrayLike, upper: ArrayLike) -> tuple[Float, Float]:
    """Return the exact range of each softmax coefficient over a box of logits.

    A coefficient grows with its own logit and falls with the others, so its least value is
    taken with its own logit at the lower end and all others at the upper end, and conversely.

    Parameters
    ----------
    lower, upper : array of float, shape (..., n)
        Ends of the box; `lower` nowhere above `upper`.

    Returns
    -------
    least, greatest : float64 arrays, shape (..., n).

    Raises
    ------
    TypeError, ValueError
        If an end is not numeric or finite, has no entries, or the ends cross.

    Notes
    -----
    Derived. Computed in floating point with a relative error, in units of roundoff, of a few
    times n plus the greatest difference of two ends; for a rigorous enclosure widen by that.

    Examples
    --------
    >>> least, greatest = softmax_box_bounds([0.0, 0.0], [1.0, 0.0])
    >>> [round(float(x), 6) for x in (*least, *greatest)]
    [0.5, 0.268941, 0.731059, 0.5]
    """
    low, high = reals("lower", lower), reals("upper", upper)
    shape = common_shape(lower=low, upper=high)
    if not shape or shape[-1] == 0:
        raise ValueError(f"lower must have a last axis with at least one entry, got {low.shape}")
    if (low > high).any():
        raise ValueError("lower must nowhere exceed upper")
    low, high = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    middle = high.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        low, high = (np.maximum(end - middle, -1e300) for end in (low, high))
    return _corner(low, high), _corner(high, low)


def _corner(own: Float, others: Float) -> Float:
    """Return each coefficient with its own logit from `own` and the rest from `others`."""
    if own.shape[-1] == 1:
        return np.ones_like(own)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(_log_sum_of_others(others) - own))


def _log_sum_of_others(logits: Float) -> Float:
    """Return ln of the sum of exponentials without each entry, with no subtraction of sums."""
    first = np.argmax(logits, axis=-1, keepdims=True)
    top = np.take_along_axis(logits, first, axis=-1)
    powers = np.exp(logits - top)
    before, after = np.zeros_like(powers), np.zeros_like(powers)
    before[..., 1:] = np.cumsum(powers, axis=-1)[..., :-1]
    after[..., :-1] = np.cumsum(powers[..., ::-1], axis=-1)[..., -2::-1]
    others = before + after
    # Without the largest the rest may underflow; shift it by the second largest instead.
    rest = logits.copy()
    np.put_along_axis(rest, first, -np.inf, axis=-1)
    second = rest.max(axis=-1, keepdims=True)
    tail = second + np.log(np.exp(rest - second).sum(axis=-1, keepdims=True))
    np.put_along_axis(others, first, 1.0, axis=-1)
    sums: Float = top + np.log(others)
    np.put_along_axis(sums, first, tail, axis=-1)
    return sums
