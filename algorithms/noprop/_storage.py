"""Models in files: one ``.npz`` archive of arrays and a JSON header, nothing pickled."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop import schedules
from corollary.algorithms.noprop._training import Block

Array = NDArray[Any]
_FORMAT = 1
_SCHEDULES = ("CosineSchedule", "LinearSchedule", "TableSchedule", "LearnedSchedule")


def write_model(
    path: str | os.PathLike[str],
    name: str,
    parameters: Mapping[str, Any],
    arrays: Mapping[str, Array],
) -> None:
    """Write a model whole or not at all: beside its place first, then renamed into it.

    Raises
    ------
    TypeError
        For a parameter that has no form in JSON.
    """
    stored = {f"state.{key}": value for key, value in arrays.items()}
    plain = {}
    for key, value in parameters.items():
        if isinstance(value, np.ndarray):
            stored[f"parameter.{key}"] = value
        else:
            plain[key] = _encoded(key, value)
    header = json.dumps({"format": _FORMAT, "model": name, "parameters": plain})
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array(header), **stored)  # type: ignore[arg-type]
    place = Path(path)
    handle, beside = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getvalue())
        Path(beside).replace(place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def read_model(path: str | os.PathLike[str], name: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the parameters and the arrays of a model of the class `name`.

    Raises
    ------
    ValueError
        If the file is not of this kind, or of another class.
    """
    data = io.BytesIO(Path(path).read_bytes())
    try:
        with np.load(data, allow_pickle=False) as archive:
            found = {key: archive[key] for key in archive.files}
        header = json.loads(str(found.pop("header")))
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        raise ValueError(f"{path} is not a saved model: {error}") from None
    if header.get("format") != _FORMAT or header.get("model") != name:
        raise ValueError(
            f"{path} holds a {header.get('model')} of format {header.get('format')}; "
            f"it must be a {name} of format {_FORMAT}"
        )
    parameters = {key: _decoded(value) for key, value in header["parameters"].items()}
    arrays: dict[str, Array] = {}
    for key, value in found.items():
        kind, _, rest = key.partition(".")
        (arrays if kind == "state" else parameters)[rest] = value
    return parameters, arrays


def _encoded(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if is_dataclass(value) and type(value).__name__ in _SCHEDULES:
        fields = {
            key: np.asarray(entry).tolist()
            for key, entry in asdict(value).items()  # type: ignore[arg-type]
            if not key.startswith("_")
        }
        return {"schedule": type(value).__name__, "fields": fields}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_encoded(name, entry) for entry in value]
    raise TypeError(f"{name} is {value!r}, which cannot be saved")


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        fields = value["fields"]
        if "levels" in fields:
            fields["levels"] = tuple(fields["levels"])
        if "parameters" in fields:
            fields["parameters"] = np.array(fields["parameters"])
        return getattr(schedules, value["schedule"])(**fields)
    return value


def packed_blocks(name: str, blocks: list[Block]) -> dict[str, Array]:
    """Return arrays that hold the blocks; the ragged lists of losses become one vector."""
    return {
        name: np.stack([np.stack([b.theta, b.first, b.second]) for b in blocks]),
        f"{name}.counts": np.array([[b.epochs, b.steps, len(b.losses)] for b in blocks]),
        f"{name}.losses": np.array([loss for block in blocks for loss in block.losses]),
    }


def unpacked_blocks(name: str, arrays: Mapping[str, Array]) -> list[Block]:
    """Return the blocks that `packed_blocks` was given."""
    counts = arrays[f"{name}.counts"]
    losses = np.split(arrays[f"{name}.losses"], np.cumsum(counts[:, 2])[:-1])
    return [
        Block(
            state[0],
            state[1],
            state[2],
            epochs=int(epochs),
            steps=int(steps),
            losses=history.tolist(),
        )
        for state, (epochs, steps, _), history in zip(arrays[name], counts, losses, strict=True)
    ]
