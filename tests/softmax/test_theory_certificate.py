"""Certified logit spreads of heads, and of models read from files."""

import dataclasses
import json

import numpy as np
import pytest

from corollary.theory import softmax as theory


def normalise(tokens, centred):
    if centred:
        tokens = tokens - tokens.mean(axis=-1, keepdims=True)
    return tokens / np.sqrt(np.mean(tokens**2, axis=-1, keepdims=True))


def rotate(vectors, angles):
    """Rotate consecutive pairs of coordinates of each row by its own angle."""
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    return np.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(vectors.shape)


def random_head(random, m=4, d=6):
    return {
        "query_weight": random.normal(size=(m, d)),
        "key_weight": random.normal(size=(m, d)),
        "gain": random.normal(size=d),
        "bias": random.normal(size=d),
        "query_bias": random.normal(size=m),
        "key_bias": random.normal(size=m),
    }


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("rotary", [False, True])
def test_no_tokens_have_logits_further_apart(centred, rotary):
    random = np.random.default_rng(1)
    for _ in range(30):
        head = random_head(random)
        tokens = normalise(random.normal(size=(200, 6)) + random.normal(size=6), centred)
        tokens = tokens * head["gain"] + head["bias"]
        queries = tokens @ head["query_weight"].T + head["query_bias"]
        keys = tokens @ head["key_weight"].T + head["key_bias"]
        if rotary:
            queries, keys = (rotate(x, random.normal(size=200) * 9) for x in (queries, keys))
        spread = np.ptp(queries @ keys.T / 2, axis=1).max()
        bound = theory.certified_spread(**head, centred=centred, rotary=rotary)
        assert 0.1 * bound < spread <= bound


@pytest.mark.parametrize("centred", [False, True])
def test_the_spread_is_attained_without_biases(centred):
    random = np.random.default_rng(2)
    head = random_head(random)
    q, k, gain = head["query_weight"], head["key_weight"], head["gain"]
    keep = np.eye(6) - centred / 6
    u, singular, v = np.linalg.svd(keep @ np.diag(gain) @ q.T @ k @ np.diag(gain) @ keep)
    x, y = np.sqrt(6) * u[:, 0], np.sqrt(6) * v[0]
    assert normalise(np.stack([x, y]), centred) == pytest.approx(np.stack([x, y]))
    logits = [0.3 * (q @ (gain * x)) @ (k @ (gain * end)) for end in (y, -y)]
    bound = theory.certified_spread(q, k, gain, centred=centred, scale=0.3)
    assert abs(logits[0] - logits[1]) == pytest.approx(bound, rel=1e-13)
    assert bound == pytest.approx(0.3 * 12 * singular[0], rel=1e-13)


def test_the_spread_is_sharper_than_with_the_gain_taken_out():
    random = np.random.default_rng(3)
    for centred in (False, True):
        head = random_head(random) | {"query_bias": None, "key_bias": None}
        radius = np.sqrt(6) * np.abs(head["gain"]).max() + np.linalg.norm(head["bias"])
        form = np.linalg.norm(head["query_weight"].T @ head["key_weight"], 2)
        bound = theory.certified_spread(**head, centred=centred)
        assert bound < 2 * form * radius**2 / 2  # twice the form, over the root of m = 4


def test_tokens_of_bounded_norm_are_a_gain():
    random = np.random.default_rng(4)
    q, k = random.normal(size=(2, 3, 5))
    tokens = random.normal(size=(500, 5))
    tokens *= 2.5 * random.random((500, 1)) / np.linalg.norm(tokens, axis=1, keepdims=True)
    spread = np.ptp((tokens @ q.T) @ (tokens @ k.T).T, axis=1).max()
    bound = theory.certified_spread(q, k, np.full(5, 2.5 / np.sqrt(5)), scale=1.0)
    assert spread <= bound == pytest.approx(2 * 2.5**2 * np.linalg.norm(q.T @ k, 2))


def test_key_biases_matter_only_with_rotary_positions():
    head = random_head(np.random.default_rng(5))
    moved = head | {"key_bias": head["key_bias"] + 3.0}
    assert theory.certified_spread(**head) == theory.certified_spread(**moved)
    assert theory.certified_spread(**head, rotary=True) < theory.certified_spread(
        **moved, rotary=True
    )


def test_heads_and_layers_are_batch_axes():
    random = np.random.default_rng(6)
    q, k = random.normal(size=(2, 3, 5, 4, 6))
    gain, bias = random.normal(size=(2, 3, 1, 6))
    spread = theory.certified_spread(q, k, gain, bias)
    assert spread.shape == (3, 5)
    one = theory.certified_spread(q[2, 1], k[2, 1], gain[2, 0], bias[2, 0])
    assert spread[2, 1] == pytest.approx(one, rel=1e-14) and isinstance(one, np.float64)


def test_certificate_collects_the_closed_forms():
    certificate = theory.certificate_from_spread([5.69, 5.82, 800.0], coefficient=0.5)
    assert np.ceil(certificate.critical_length[:2]).tolist() == [297, 338]
    assert certificate.critical_length[2] == np.inf
    assert (
        certificate.entropy_deficit.tolist() == theory.entropy_deficit([5.69, 5.82, 800]).tolist()
    )
    peak = theory.ADAPTIVE_PEAK[1]
    adaptive = certificate.adaptive_critical_length
    assert adaptive[0] == pytest.approx(1 + np.exp(peak * 5.69))
    assert np.ceil(certificate.adaptive_off_switch_length[0]) == 7419
    head = random_head(np.random.default_rng(7))
    whole = theory.dispersion_certificate(**head, centred=True, scale=0.01, coefficient=0.3)
    assert whole.spread == theory.certified_spread(**head, centred=True, scale=0.01)
    assert whole.critical_length == theory.critical_length(whole.spread, 0.3)


@pytest.mark.parametrize(
    ("changed", "error", "named"),
    [
        ({"key_weight": np.ones((4, 5))}, ValueError, "key_weight"),
        ({"query_weight": np.ones(4)}, ValueError, "query_weight"),
        ({"gain": np.ones(5)}, ValueError, "gain"),
        ({"gain": np.full(6, np.nan)}, ValueError, "gain"),
        ({"bias": np.ones(4)}, ValueError, "bias"),
        ({"query_bias": np.ones(6)}, ValueError, "query_bias"),
        ({"key_bias": "none"}, TypeError, "key_bias"),
        ({"scale": 0.0}, ValueError, "scale"),
        ({"scale": [1.0, 2.0]}, TypeError, "scale"),
        ({"centred": 1}, TypeError, "centred"),
        ({"gain": np.ones((3, 6)), "bias": np.ones((2, 6))}, ValueError, "bias"),
    ],
)
def test_arguments_that_do_not_fit_are_named(changed, error, named):
    head = random_head(np.random.default_rng(8)) | changed
    with pytest.raises(error, match=rf"\b{named}\b"):
        theory.certified_spread(**head)


# Models in files


def write_safetensors(path, tensors):
    """Write arrays by the published format; a uint16 array stands for bfloat16."""
    kinds = {"f8": "F64", "f4": "F32", "f2": "F16", "u2": "BF16", "i8": "I64"}
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, array in tensors.items():
        blob = array.tobytes()
        header[name] = {
            "dtype": kinds[array.dtype.str[1:]],
            "shape": array.shape,
            "data_offsets": [at, at + len(blob)],
        }
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))
    return path


def llama_like(random, layers=2, heads=4, key_heads=2, m=3, d=6):
    model = {}
    for layer in range(layers):
        attention = f"model.layers.{layer}.self_attn."
        model[attention + "q_proj.weight"] = random.normal(size=(heads * m, d))
        model[attention + "k_proj.weight"] = random.normal(size=(key_heads * m, d))
        model[attention + "q_proj.bias"] = random.normal(size=heads * m)
        model[attention + "k_proj.bias"] = random.normal(size=key_heads * m)
        model[f"model.layers.{layer}.input_layernorm.weight"] = random.normal(size=d)
    return model


@pytest.mark.parametrize(("family", "offset"), [("llama", 0.0), ("gemma", 1.0), ("qwen2", 0.0)])
def test_heads_of_a_model_with_shared_keys(family, offset):
    model = llama_like(np.random.default_rng(9))
    certificate = theory.certify_checkpoint(model, theory.checkpoint_layout(family, 4, 2), 0.3)
    assert all(entry.shape == (2, 4) for entry in certificate)
    attention = "model.layers.1.self_attn."
    q, k = model[attention + "q_proj.weight"], model[attention + "k_proj.weight"]
    biases = model[attention + "q_proj.bias"][6:9], model[attention + "k_proj.bias"][3:6]
    expected = theory.certified_spread(
        q[6:9],
        k[3:6],
        model["model.layers.1.input_layernorm.weight"] + offset,
        None,
        *(biases if family == "qwen2" else (None, None)),
        rotary=True,
    )
    assert certificate.spread[1, 2] == pytest.approx(expected, rel=1e-13)  # head 2 uses keys 1
    assert certificate.critical_length[1, 2] == theory.critical_length(expected, 0.3)


def test_heads_of_a_model_with_one_fused_and_transposed_weight():
    random = np.random.default_rng(10)
    fused, fused_bias = random.normal(size=(8, 24)), random.normal(size=24)
    gain, bias = random.normal(size=(2, 8))
    model = {
        "h.0.attn.c_attn.weight": fused,
        "h.0.attn.c_attn.bias": fused_bias,
        "h.0.ln_1.weight": gain,
        "h.0.ln_1.bias": bias,
    }
    certificate = theory.certify_checkpoint(model, theory.checkpoint_layout("gpt2", 2))
    expected = theory.certified_spread(
        fused[:, 4:8].T, fused[:, 12:16].T, gain, bias, fused_bias[4:8], centred=True
    )
    assert certificate.spread.shape == (1, 2)
    assert certificate.spread[0, 1] == pytest.approx(expected, rel=1e-13)


def test_files_of_both_kinds_give_the_same_tensors(tmp_path):
    model = llama_like(np.random.default_rng(11))
    np.savez(tmp_path / "model.npz", **model)
    names = list(model)
    shards = [
        write_safetensors(tmp_path / "a.safetensors", {n: model[n] for n in names[:5]}),
        write_safetensors(tmp_path / "b.safetensors", {n: model[n] for n in names[5:]}),
    ]
    layout = theory.checkpoint_layout("llama", 4, 2)
    direct = theory.certify_checkpoint(model, layout)
    for paths in (tmp_path / "model.npz", str(tmp_path / "model.npz"), shards):
        checkpoint = theory.Checkpoint(paths)
        assert sorted(checkpoint) == sorted(names) and len(checkpoint) == len(names)
        read = theory.certify_checkpoint(checkpoint, layout)
        assert all((a == b).all() for a, b in zip(read, direct, strict=True))


def test_stored_types_are_widened(tmp_path):
    values = np.array([[1.0, -2.5], [0.0, 3.0e38]], dtype=np.float32)
    tensors = {
        "single": values,
        "half": np.array([1.5, -0.1], np.float16),
        "brain": (values.view(np.uint32) >> 16).astype(np.uint16),
        "whole": np.arange(3),
    }
    checkpoint = theory.Checkpoint(write_safetensors(tmp_path / "m.safetensors", tensors))
    assert (checkpoint["single"] == values.astype(float)).all()
    assert (checkpoint["half"] == tensors["half"].astype(float)).all()
    assert checkpoint["brain"] == pytest.approx(values, rel=2.0**-7)
    assert (checkpoint["brain"][0] == values[0]).all() and checkpoint["brain"].dtype == np.float64
    with pytest.raises(ValueError, match=r"'whole' .*I64"):
        checkpoint["whole"]
    with pytest.raises(KeyError, match="absent"):
        checkpoint["absent"]


def test_damaged_files_are_named(tmp_path):
    good = write_safetensors(tmp_path / "good.safetensors", {"x": np.ones(4)}).read_bytes()
    damaged = {
        "empty": b"",
        "short": good[:20],
        "no_json": good[:8] + b"?" * (len(good) - 8),
        "huge_header": b"\xff" * 8 + good[8:],
        "a_list": (2).to_bytes(8, "little") + b"[]",
        "no_offsets": (9).to_bytes(8, "little") + b'{"x": {}}',
    }
    for name, data in damaged.items():
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(data)
        with pytest.raises(ValueError, match=rf"paths: .*{name}.*header"):
            theory.Checkpoint(path)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(good[:-1])
    with pytest.raises(ValueError, match=r"'x' in .*cut.*31 bytes"):
        theory.Checkpoint(cut)["x"]
    (tmp_path / "no.npz").write_bytes(b"PK nothing")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "array.npy", np.ones(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    for name in ("no.npz", "empty.npz", "array.npz"):
        with pytest.raises(ValueError, match=f"{name} is no npz"):
            theory.Checkpoint(tmp_path / name)
    with pytest.raises(ValueError, match="paths must end in"):
        theory.Checkpoint(tmp_path / "model.bin")
    with pytest.raises(ValueError, match=r"both .* hold 'x'"):
        theory.Checkpoint([tmp_path / "good.safetensors"] * 2)
    with pytest.raises(FileNotFoundError):
        theory.Checkpoint(tmp_path / "absent.safetensors")


def test_missing_and_misshapen_tensors_are_named():
    layout = theory.checkpoint_layout("llama", 4, 2)
    with pytest.raises(
        ValueError, match=r"checkpoint has no tensor 'model\.layers\.0\.self_attn\.q"
    ):
        theory.certify_checkpoint({}, layout)
    for missing in (
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.1.input_layernorm.weight",
    ):
        model = llama_like(np.random.default_rng(12))
        del model[missing]
        with pytest.raises(ValueError, match=f"checkpoint has no tensor '{missing}'"):
            theory.certify_checkpoint(model, layout)
    model = llama_like(np.random.default_rng(13))
    with pytest.raises(ValueError, match=r"q_proj\.weight .* 5 heads"):
        theory.certify_checkpoint(model, dataclasses.replace(layout, heads=5, key_heads=1))
    with pytest.raises(ValueError, match=r"layout\.heads"):
        theory.certify_checkpoint(model, dataclasses.replace(layout, key_heads=3))
    with pytest.raises(ValueError, match="family"):
        theory.checkpoint_layout("unknown", 4)
    with pytest.raises(ValueError, match="heads"):
        theory.checkpoint_layout("llama", 0)
