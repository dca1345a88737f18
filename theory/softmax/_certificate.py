"""How far a Transformer's heads can stay sharp: certified from their weights alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._adaptive import (
    adaptive_critical_length,
    adaptive_off_switch_length,
)
from corollary.theory.softmax._arguments import Float, common_shape, flag, reals, result
from corollary.theory.softmax._bounds import critical_length
from corollary.theory.softmax._entropy import entropy_deficit
from corollary.theory.softmax._weights import matrix, require_shape, spectral_norm


class DispersionCertificate(NamedTuple):
    """What holds for every input of a head, one entry per head."""

    spread: Float
    """No query sees logits further apart than this, in units of the temperature."""
    critical_length: Float
    """Beyond this many keys no coefficient reaches the stated one."""
    entropy_deficit: Float
    """The entropy is at least ln n less this many nats, for every length n."""
    adaptive_critical_length: Float
    """The critical length under adaptive temperature is at most this."""
    adaptive_off_switch_length: Float
    """From this many keys on adaptive temperature changes nothing."""


def certificate_from_spread(
    spread: ArrayLike, coefficient: ArrayLike = 0.5
) -> DispersionCertificate:
    """Return the dispersion certificate of heads with a known scaled logit spread.

    Parameters
    ----------
    spread : array of float, at least 0
        Greatest difference of two logits, divided by the temperature.
    coefficient : array of float, above 0 and at most 1
        The coefficient whose critical length is wanted.

    Returns
    -------
    DispersionCertificate of float64 arrays; lengths are real numbers, inf beyond 1.8e308.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    The explicit form of Theorem 2.2 of arXiv 2410.01104.

    Examples
    --------
    The mean spread reported there for Gemma 2B:

    >>> certificate = certificate_from_spread(5.69)
    >>> [round(float(entry), 2) for entry in certificate[:3]]
    [5.69, 296.89, 2.97]
    """
    t = reals("spread", spread, at_least=0.0)
    return DispersionCertificate(
        spread=result(t.copy(), t.shape),
        critical_length=critical_length(t, coefficient),
        entropy_deficit=entropy_deficit(t),
        adaptive_critical_length=adaptive_critical_length(t, coefficient),
        adaptive_off_switch_length=adaptive_off_switch_length(t),
    )


def dispersion_certificate(
    query_weight: ArrayLike,
    key_weight: ArrayLike,
    gain: ArrayLike,
    bias: ArrayLike | None = None,
    query_bias: ArrayLike | None = None,
    key_bias: ArrayLike | None = None,
    *,
    centred: bool = False,
    rotary: bool = False,
    scale: float | None = None,
    coefficient: ArrayLike = 0.5,
) -> DispersionCertificate:
    """Return what the weights of attention heads guarantee for every input and every length.

    `certificate_from_spread` of `certified_spread`; the parameters are those of the latter.

    Parameters
    ----------
    query_weight, key_weight, gain, bias, query_bias, key_bias, centred, rotary, scale
        As in `certified_spread`.
    coefficient : array of float, above 0 and at most 1
        The coefficient whose critical length is wanted.

    Returns
    -------
    DispersionCertificate of float64 arrays, one entry per head.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite, out of range or of a shape that
        does not fit.

    Notes
    -----
    The explicit form of Theorem 2.2 of arXiv 2410.01104; holds for global heads, whose logits
    are not masked below n keys and carry no unbounded position term.

    Examples
    --------
    >>> certificate = dispersion_certificate(np.eye(2) / 2, np.eye(2), np.ones(2), scale=1.0)
    >>> [round(float(entry), 3) for entry in certificate[:2]]
    [2.0, 8.389]
    """
    spread = certified_spread(
        query_weight, key_weight, gain, bias, query_bias, key_bias,
        centred=centred, rotary=rotary, scale=scale,
    )  # fmt: skip
    return certificate_from_spread(spread, coefficient)


def certified_spread(
    query_weight: ArrayLike,
    key_weight: ArrayLike,
    gain: ArrayLike,
    bias: ArrayLike | None = None,
    query_bias: ArrayLike | None = None,
    key_bias: ArrayLike | None = None,
    *,
    centred: bool = False,
    rotary: bool = False,
    scale: float | None = None,
) -> Float:
    """Return a bound on the logit spread of attention heads over all normalised tokens.

    Tokens are G x + b with |x| <= sqrt(d) and G = diag(gain), as LayerNorm and RMSNorm give;
    logits are scale * (Q u + q) . (K v + k). With Q' = Q G C and K' = K G C, where C removes
    the mean if `centred` and is 1 otherwise, the spread over v of each query's logits is at most
    2 sqrt(d) scale (sqrt(d) |K'^T Q'| + |K'^T (Q b + q)|), in spectral and Euclidean norms.
    With rotary positions it is at most 2 scale (sqrt(d) |Q'| + |Q b + q|) (sqrt(d) |K'| +
    |K b + k|).

    Parameters
    ----------
    query_weight, key_weight : array of float, shape (..., m, d)
        Q and K of each head; the batch axes (heads, layers) broadcast.
    gain : array of float, shape (..., d)
        Factor of each coordinate after normalisation. For tokens that are only known to have
        norm at most r, give r / sqrt(d) in every coordinate.
    bias : array of float, shape (..., d), optional
        Term added after normalisation.
    query_bias, key_bias : array of float, shape (..., m), optional
        q and k. Without rotary positions k does not matter.
    centred : bool
        Whether normalisation removes the mean (LayerNorm) or not (RMSNorm).
    rotary : bool
        Whether queries and keys are rotated by their positions.
    scale : float above 0, optional
        Factor of the logits, 1 / sqrt(m) unless given.

    Returns
    -------
    float64 array of the broadcast batch shape; a scalar if there are no batch axes.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite, out of range or of a shape that
        does not fit.

    Notes
    -----
    Derived; sharper than 2 scale |Q^T K| (sqrt(d) max |gain| + |b|)^2, since the gain is kept
    inside and b cancels in differences of keys. Attained, without biases and rotary positions,
    by a query and two opposite keys along the leading singular vectors. Computed in float64
    without directed rounding.

    Examples
    --------
    >>> round(float(certified_spread(np.eye(4), np.eye(4), np.ones(4))), 12)
    4.0
    """
    q, k = matrix("query_weight", query_weight), matrix("key_weight", key_weight)
    m, d = q.shape[-2:]
    require_shape(k.shape[-2:] == (m, d), "key_weight", k, f"last axes {(m, d)}, as query_weight")
    factor = _vector("gain", gain, d)
    offset = _vector("bias", np.zeros(d) if bias is None else bias, d)
    q_offset = _vector("query_bias", np.zeros(m) if query_bias is None else query_bias, m)
    k_offset = _vector("key_bias", np.zeros(m) if key_bias is None else key_bias, m)
    factor_of_logits = _scale(m, scale)
    shape = common_shape(
        query_weight=q[..., 0, 0], key_weight=k[..., 0, 0], gain=factor[..., 0],
        bias=offset[..., 0], query_bias=q_offset[..., 0], key_bias=k_offset[..., 0],
    )  # fmt: skip
    q_offset = (q @ offset[..., None])[..., 0] + q_offset
    k_offset = (k @ offset[..., None])[..., 0] + k_offset
    without_mean = flag("centred", centred)
    query, key = _fold(q, factor, without_mean), _fold(k, factor, without_mean)
    bound = _rotary_spread if flag("rotary", rotary) else _fixed_spread
    spread = factor_of_logits * bound(query, key, q_offset, k_offset)
    return result(np.asarray(spread), shape)


def _vector(name: str, value: ArrayLike, length: int) -> Float:
    array = reals(name, value)
    require_shape(array.shape[-1:] == (length,), name, array, f"a last axis of {length}")
    return array


def _scale(m: int, scale: float | None) -> float:
    if scale is None:
        return float(m**-0.5)
    value = reals("scale", scale, above=0.0)
    if value.ndim:
        raise TypeError(f"scale must be one number, got shape {value.shape}")
    return float(value)


def _fold(weight: Float, gain: Float, centred: bool) -> Float:
    """Return the weight that acts on the normalised token before gain and bias."""
    folded: Float = weight * gain[..., None, :]
    return folded - folded.mean(axis=-1, keepdims=True) if centred else folded


def _fixed_spread(q: Float, k: Float, q_offset: Float, k_offset: Float) -> Float:
    # |K'^T Q'| from the triangular factors: m x m in place of d x d
    q_factor, k_factor = (np.linalg.qr(np.swapaxes(w, -1, -2), mode="r") for w in (q, k))
    form = spectral_norm(k_factor @ np.swapaxes(q_factor, -1, -2))
    drift = np.linalg.norm((np.swapaxes(k, -1, -2) @ q_offset[..., None])[..., 0], axis=-1)
    root = q.shape[-1] ** 0.5
    return np.asarray(2 * root * (root * form + drift))


def _rotary_spread(q: Float, k: Float, q_offset: Float, k_offset: Float) -> Float:
    root = q.shape[-1] ** 0.5
    query = root * spectral_norm(q) + np.linalg.norm(q_offset, axis=-1)
    key = root * spectral_norm(k) + np.linalg.norm(k_offset, axis=-1)
    return np.asarray(2 * query * key)
