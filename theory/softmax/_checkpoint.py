"""Dispersion certificates of saved models: `.npz` and `.safetensors` files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, counts
from corollary.theory.softmax._certificate import DispersionCertificate, dispersion_certificate
from corollary.theory.softmax._weights import require_shape

_STORED = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


class Checkpoint(Mapping[str, Float]):
    """The tensors of one or several `.npz` or `.safetensors` files, read when asked for.

    Parameters
    ----------
    paths : path, or sequence of paths (the shards of one model)

    Raises
    ------
    TypeError, ValueError
        If a file is of neither kind or is damaged, or two files hold the same name.
    OSError
        If a file cannot be read.
    KeyError
        By `checkpoint[name]`, if no file holds the name.

    Examples
    --------
    >>> Checkpoint([])["weight"]
    Traceback (most recent call last):
        ...
    KeyError: "no tensor named 'weight' in the checkpoint"
    """

    def __init__(self, paths: str | Path | Sequence[str | Path]) -> None:
        several = [paths] if isinstance(paths, str | Path) else list(paths)
        self._files: dict[str, tuple[Path, Any]] = {}
        for path in map(Path, several):
            for name, where in _directory(path).items():
                if name in self._files:
                    raise ValueError(f"paths: both {self._files[name][0]} and {path} hold {name!r}")
                self._files[name] = (path, where)

    def __getitem__(self, name: str) -> Float:
        if name not in self._files:
            raise KeyError(f"no tensor named {name!r} in the checkpoint")
        path, where = self._files[name]
        if where is None:
            with np.load(path, allow_pickle=False) as archive:
                return np.asarray(archive[name], dtype=np.float64)
        return _safetensor(path, name, *where)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _directory(path: Path) -> dict[str, Any]:
    """Return the names in a file, each with what is needed to find its tensor."""
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as archive:
                return dict.fromkeys(archive.files)
        except (BadZipFile, EOFError, TypeError, ValueError):  # TypeError: a lone .npy array
            raise ValueError(f"paths: {path} is no npz archive") from None
    if path.suffix != ".safetensors":
        raise ValueError(f"paths must end in .npz or .safetensors, got {path}")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        try:
            header = json.loads(file.read(min(length, path.stat().st_size)))
            header.pop("__metadata__", None)
            return {name: _placement(entry, 8 + length) for name, entry in header.items()}
        except (ValueError, AttributeError, KeyError, TypeError):
            raise ValueError(f"paths: {path} has no valid safetensors header") from None


def _placement(entry: Any, data: int) -> tuple[str, tuple[int, ...], int, int]:
    """Return stored type, shape, first byte and byte after the last."""
    start, end = map(int, entry["data_offsets"])
    return str(entry["dtype"]), tuple(map(int, entry["shape"])), data + start, data + end


def _safetensor(
    path: Path, name: str, dtype: str, shape: tuple[int, ...], start: int, end: int
) -> Float:
    if dtype not in _STORED:
        raise ValueError(f"{name!r} in {path} is stored as {dtype}, not one of {sorted(_STORED)}")
    stored = np.dtype(_STORED[dtype])
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(max(end - start, 0))
    if len(data) != prod(shape) * stored.itemsize:
        raise ValueError(f"{name!r} in {path} holds {len(data)} bytes, not those of {shape}")
    values = np.frombuffer(data, dtype=stored).reshape(shape)
    if dtype == "BF16":  # the upper half of a float32
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float64)


@dataclass(frozen=True)
class CheckpointLayout:
    """Where a family of models keeps its attention weights.

    Names contain `{layer}`. Weights are (outputs, inputs) unless `transposed`. Where `query` and
    `key` are the same name, the tensor holds queries, keys and values one after the other.
    """

    query: str
    key: str
    gain: str
    heads: int
    key_heads: int
    bias: str | None = None
    query_bias: str | None = None
    key_bias: str | None = None
    centred: bool = False
    rotary: bool = False
    transposed: bool = False
    gain_offset: float = 0.0
    scale: float | None = None


def checkpoint_layout(family: str, heads: int, key_heads: int | None = None) -> CheckpointLayout:
    """Return where the published checkpoints of a family keep their attention weights.

    Parameters
    ----------
    family : "llama" (also Mistral), "qwen2", "gemma" (the first generation) or "gpt2"
    heads : int
        Query heads per layer.
    key_heads : int, optional
        Key heads per layer, where they are fewer.

    Returns
    -------
    CheckpointLayout

    Raises
    ------
    TypeError, ValueError
        If the family is not known, or the heads are not positive whole numbers.

    Examples
    --------
    >>> checkpoint_layout("gpt2", 12).gain
    'h.{layer}.ln_1.weight'
    """
    if family not in _FAMILIES:
        raise ValueError(f"family must be one of {sorted(_FAMILIES)}, got {family!r}")
    shared = heads if key_heads is None else key_heads
    return CheckpointLayout(
        heads=int(counts("heads", heads)),
        key_heads=int(counts("key_heads", shared)),
        **_FAMILIES[family],
    )


_ATTENTION = "model.layers.{layer}.self_attn."
_LLAMA: dict[str, Any] = {
    "query": _ATTENTION + "q_proj.weight",
    "key": _ATTENTION + "k_proj.weight",
    "gain": "model.layers.{layer}.input_layernorm.weight",
    "rotary": True,
}
_FAMILIES: dict[str, dict[str, Any]] = {
    "llama": _LLAMA,
    "qwen2": _LLAMA
    | {"query_bias": _ATTENTION + "q_proj.bias", "key_bias": _ATTENTION + "k_proj.bias"},
    "gemma": _LLAMA | {"gain_offset": 1.0},
    "gpt2": {
        "query": "h.{layer}.attn.c_attn.weight",
        "key": "h.{layer}.attn.c_attn.weight",
        "query_bias": "h.{layer}.attn.c_attn.bias",
        "key_bias": "h.{layer}.attn.c_attn.bias",
        "gain": "h.{layer}.ln_1.weight",
        "bias": "h.{layer}.ln_1.bias",
        "centred": True,
        "transposed": True,
    },
}


def certify_checkpoint(
    checkpoint: Mapping[str, ArrayLike], layout: CheckpointLayout, coefficient: float = 0.5
) -> DispersionCertificate:
    """Return the dispersion certificate of every head of a saved model.

    Parameters
    ----------
    checkpoint : mapping of names to arrays, for example `Checkpoint(path)`
    layout : CheckpointLayout
        Where the tensors are; see `checkpoint_layout`.
    coefficient : float, above 0 and at most 1
        The coefficient whose critical length is wanted.

    Returns
    -------
    DispersionCertificate of float64 arrays, shape (layers, heads).

    Raises
    ------
    TypeError, ValueError
        If a tensor of a layer is missing or of a shape that does not fit; names it.

    Notes
    -----
    Models that normalise queries and keys again, cap their logits or add unbounded position
    terms are outside the layouts given here.

    Examples
    --------
    >>> model = {"q0": np.eye(4), "k0": np.eye(4), "g0": np.ones(4)}
    >>> layout = CheckpointLayout("q{layer}", "k{layer}", "g{layer}", heads=2, key_heads=2)
    >>> [[round(float(t), 4) for t in layer] for layer in certify_checkpoint(model, layout).spread]
    [[5.6569, 5.6569]]
    """
    before, _, after = map(re.escape, layout.query.partition("{layer}"))
    found = (re.fullmatch(f"{before}([0-9]+){after}", name) for name in checkpoint)
    layers = 1 + max((int(match[1]) for match in found if match), default=-1)
    if not layers:
        raise ValueError(f"checkpoint has no tensor {layout.query.format(layer=0)!r}")
    if layout.heads % layout.key_heads:
        raise ValueError(f"layout.heads must be a multiple of key_heads, got {layout}")
    each = [_certify_layer(checkpoint, layout, layer, coefficient) for layer in range(layers)]
    return DispersionCertificate(*(np.stack(entries) for entries in zip(*each, strict=True)))


def _certify_layer(
    checkpoint: Mapping[str, ArrayLike], layout: CheckpointLayout, layer: int, coefficient: float
) -> DispersionCertificate:
    def tensor(pattern: str | None) -> Float | None:
        if pattern is None:
            return None
        name = pattern.format(layer=layer)
        if name not in checkpoint:
            raise ValueError(f"checkpoint has no tensor {name!r}")
        return np.asarray(checkpoint[name], dtype=np.float64)

    def heads(pattern: str | None, keys: bool) -> Float | None:
        whole = tensor(pattern)
        return None if pattern is None or whole is None else _split(whole, layout, pattern, keys)

    gain = np.asarray(tensor(layout.gain)) + layout.gain_offset
    query, key = np.asarray(heads(layout.query, False)), np.asarray(heads(layout.key, True))
    return dispersion_certificate(
        query, key, gain, tensor(layout.bias),
        heads(layout.query_bias, False), heads(layout.key_bias, True),
        centred=layout.centred, rotary=layout.rotary, scale=layout.scale, coefficient=coefficient,
    )  # fmt: skip


def _split(whole: Float, layout: CheckpointLayout, name: str, keys: bool) -> Float:
    """Return the query or key part of a weight or bias, one row of blocks per query head."""
    rows = whole.T if layout.transposed else whole
    fused = layout.query == layout.key
    count = layout.key_heads if keys else layout.heads
    blocks = layout.heads + 2 * layout.key_heads if fused else count
    require_shape(rows.ndim in (1, 2) and len(rows) % blocks == 0, name, whole,
                  f"outputs that divide into {blocks} heads")  # fmt: skip
    size = len(rows) // blocks
    first = layout.heads * size if fused and keys else 0
    split = rows[first : first + count * size].reshape(count, size, *rows.shape[1:])
    return np.repeat(split, layout.heads // count, axis=0)
