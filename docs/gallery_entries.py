"""What the gallery judges: functions of other packages, the roles they play and the formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ALL = ("float64", "float32", "float16", "bfloat16")
TWO = ALL[:2]
ONE = ALL[:1]


@dataclass(frozen=True)
class Entry:
    """A function of a package, the role it plays and the formats it is called in.

    Attributes
    ----------
    package : str
        As it is installed; its version is shown.
    name : str
        What the page calls the function.
    role : str
    implementation : str
        What the command line calls it, ``module:attribute``.
    dtypes : tuple of str
    bind : mapping
        Arguments bound to it.
    library : str or None
        Whose arrays it takes, where its name does not show it.
    claims : tuple of str
        The claims it is run against, where not all of the role.
    """

    package: str
    name: str
    role: str
    implementation: str
    dtypes: tuple[str, ...] = ONE
    bind: Mapping[str, Any] = field(default_factory=dict)
    library: str | None = None
    claims: tuple[str, ...] = ()


def _plain(role: str, package: str, *names: str, dtypes: tuple[str, ...] = ONE) -> Iterator[Entry]:
    """Yield functions that are known to the role by their names."""
    for name in names:
        module, _, attribute = name.rpartition(".")
        yield Entry(package, name, role, f"{module}:{attribute}", dtypes)


def _recipe(
    role: str, package: str, name: str, recipe: str, dtypes: tuple[str, ...] = ONE,
    library: str | None = None, claims: tuple[str, ...] = (), /, **bind: Any,
) -> Entry:  # fmt: skip
    """Return a function of `gallery_recipes` as an entry."""
    return Entry(package, name, role, f"gallery_recipes:{recipe}", dtypes, bind, library, claims)


# A causal kernel computes n rows for one that is asked: all claims would take half an hour.
CAUSAL_CLAIMS = tuple(
    f"softmax.{name}"
    for name in ("masked-items", "odds", "sums-to-one", "shift-invariance", "order-preservation",
                 "coefficient-bounds", "single-item")
)  # fmt: skip
_ALPHA = {"alpha": 1.5, "dim": -1}
WEIGHTS = [
    *_plain("softmax", "scipy", "scipy.special.softmax", dtypes=ALL[:3]),
    *_plain("softmax", "scikit-learn", "sklearn.utils.extmath.softmax", dtypes=ALL[:3]),
    *_plain("softmax", "torch", "torch.softmax", dtypes=ALL),
    _recipe("softmax", "torch", "scaled_dot_product_attention, masked", "torch_attention",
            TWO, "torch"),
    _recipe("softmax", "torch", "scaled_dot_product_attention, is_causal", "torch_causal_attention",
            TWO, "torch", CAUSAL_CLAIMS),
    *_plain("softmax", "jax", "jax.nn.softmax", dtypes=ALL),
    _recipe("softmax", "array_api_strict", "array_api_strict: exp(x - max) / sum",
            "array_api_softmax", TWO, "array_api_strict"),
    *_plain("log_softmax", "scipy", "scipy.special.log_softmax", dtypes=ALL[:3]),
    _recipe("log_softmax", "scipy", "x - scipy.special.logsumexp(x)", "scipy_minus_logsumexp", TWO),
    *_plain("log_softmax", "torch", "torch.log_softmax", dtypes=ALL),
    _recipe("log_softmax", "torch", "x - torch.logsumexp(x)", "torch_minus_logsumexp", TWO,
            "torch"),
    *_plain("log_softmax", "jax", "jax.nn.log_softmax", dtypes=ALL),
    _recipe("softmax_gradient", "torch", "autograd of torch.softmax", "torch_softmax_gradient", ALL,
            "torch"),
    _recipe("softmax_gradient", "jax", "jax.vjp of jax.nn.softmax", "jax_softmax_gradient",
            ("float32",), "jax"),
    _recipe("hardmax", "torch", "gradient of torch.amax", "torch_amax_gradient", ALL, "torch"),
    _recipe("hardmax", "torch", "gradient of torch.max(dim)", "torch_max_gradient", ONE, "torch"),
    _recipe("hardmax", "torch", "one_hot(torch.argmax)", "torch_argmax_one_hot", ONE, "torch"),
    _recipe("hardmax", "numpy", "one-hot of numpy.argmax", "numpy_argmax_one_hot"),
    _recipe("hardmax", "jax", "gradient of jax.numpy.max", "jax_max_gradient", ONE, "jax"),
    _recipe("top_k_softmax", "torch", "softmax of torch.topk", "torch_topk_softmax", TWO, "torch",
            k="@k"),
    _recipe("top_k_softmax", "numpy", "softmax of numpy.argpartition",
            "numpy_argpartition_softmax", k="@k"),
    _recipe("top_k_softmax", "jax", "softmax of jax.lax.top_k", "jax_top_k_softmax", ONE, "jax",
            k="@k"),
    *_plain("sparsemax", "entmax", "entmax.sparsemax", dtypes=ALL),
    Entry("entmax", "entmax.sparsemax_bisect", "sparsemax", "entmax:sparsemax_bisect", TWO,
          {"dim": -1}, "torch"),
    *_plain("entmax15", "entmax", "entmax.entmax15", dtypes=ALL),
    Entry("entmax", "entmax.entmax_bisect, alpha=1.5", "entmax15", "entmax:entmax_bisect", TWO,
          _ALPHA, "torch"),
    *_plain("entmax", "entmax", "entmax.entmax_bisect", dtypes=ALL),
    *_plain("weighting", "scipy", "scipy.special.softmax"),
    *_plain("weighting", "scikit-learn", "sklearn.utils.extmath.softmax"),
    *_plain("weighting", "torch", "torch.softmax"),
    *_plain("weighting", "jax", "jax.nn.softmax"),
    *_plain("weighting", "entmax", "entmax.sparsemax", "entmax.entmax15"),
    Entry("entmax", "entmax.entmax_bisect, alpha=1.5", "weighting", "entmax:entmax_bisect", ONE,
          _ALPHA, "torch"),
]  # fmt: skip

LISTED = [
    ("python", "list(xs)", "builtins:list", {}),
    ("python", "sorted(xs)", "builtins:sorted", {}),
    ("python", "sorted(xs, reverse=True)", "builtins:sorted", {"reverse": True}),
    ("python", "list(reversed(xs))", "builtins:reversed", {}),
    ("python", "list(dict.fromkeys(xs))", "builtins:dict.fromkeys", {}),
    ("python", "list(itertools.accumulate(xs))", "itertools:accumulate", {}),
    ("python", "statistics.multimode(xs)", "statistics:multimode", {}),
    ("more-itertools", "unique_everseen(xs)", "more_itertools:unique_everseen", {}),
    ("more-itertools", "unique_justseen(xs)", "more_itertools:unique_justseen", {}),
    ("more-itertools", "duplicates_everseen(xs)", "more_itertools:duplicates_everseen", {}),
    ("more-itertools", "duplicates_justseen(xs)", "more_itertools:duplicates_justseen", {}),
    ("more-itertools", "repeat_each(xs, n=2)", "more_itertools:repeat_each", {"n": 2}),
    ("more-itertools", "ncycles(xs, n=3)", "more_itertools:ncycles", {"n": 3}),
    ("more-itertools", "padded(xs, fillvalue=0, n=3)", "more_itertools:padded",
     {"fillvalue": 0, "n": 3}),
    ("more-itertools", "difference(xs)", "more_itertools:difference", {}),
    ("more-itertools", "run_length.encode(xs)", "more_itertools:run_length.encode", {}),
]  # fmt: skip
ON_ARRAYS = [
    ("numpy.sort(xs)", "numpy:sort", {}),
    ("numpy.flip(xs)", "numpy:flip", {}),
    ("numpy.unique(xs)", "numpy:unique", {}),
    ("numpy.repeat(xs, repeats=2)", "numpy:repeat", {"repeats": 2}),
    ("numpy.tile(xs, reps=2)", "numpy:tile", {"reps": 2}),
    ("numpy.roll(xs, shift=1)", "numpy:roll", {"shift": 1}),
    ("numpy.cumsum(xs)", "numpy:cumsum", {}),
    ("numpy.diff(xs)", "numpy:diff", {}),
    ("numpy.argsort(xs)", "numpy:argsort", {}),
    ("numpy.trim_zeros(xs)", "numpy:trim_zeros", {}),
]
LISTS = [
    _recipe(role, package, name, recipe, function=function, **bind)
    for role in ("list_function", "natural_list_function")
    for recipe, functions in (
        ("listed", LISTED),
        ("on_array", [("numpy", *entry) for entry in ON_ARRAYS]),
    )
    for package, name, function, bind in functions
]

# One answer of dit takes ten milliseconds or more, one of SciPy's a millisecond, and a claim asks
# for ten thousands of them: all claims of the role would take hours.
DIT_CLAIMS = tuple(
    f"directed_information.{name}"
    for name in (
        "reduction-to-massey",
        "same-arrow-both-ways",
        "tension-with-exchanged-alphabets",
        "tension-of-two-pairs",
        "known-systems",
        "bandit-values",
        "pairs-miss-what-three-share",
        "last-observation-is-not-klyubin",
    )
)
ENTROPY_CLAIMS = (
    *DIT_CLAIMS,
    *(f"directed_information.{name}"
      for name in ("conservation-over-all-indices", "feedback-is-what-is-missing",
                   "without-feedback-all-is-directed")),
)  # fmt: skip
INFORMATION = [
    _recipe("directed_information", "scipy", "scipy.stats.entropy of marginals, Massey's sum",
            "scipy_directed_information", ONE, None, ENTROPY_CLAIMS),
    _recipe("directed_information", "dit", "dit.shannon.conditional_entropy, Massey's sum",
            "dit_directed_information", ONE, None, DIT_CLAIMS),
    _recipe("plasticity", "dit", "dit.multivariate.coinformation, summed", "dit_plasticity",
            order="@order", horizon="@horizon"),
]  # fmt: skip


def _part(role: str, name: str, dtypes: tuple[str, ...] = ONE, **bind: Any) -> Entry:
    """Return a function of NumPy, PyTorch or JAX as a part of a layer."""
    module, _, attribute = name.rpartition(".")
    package = module.partition(".")[0]
    beside = bind.get("aggregator")
    shown = f"{name} beside {beside}" if beside else name
    return Entry(package, shown, role, f"{module}:{attribute}", dtypes, bind, package)


UNITS = {"maximum": {}, "minimum": {"unit": float("inf")}, "add": {"unit": 0.0}, "logaddexp": {}}
BESIDE = {"maximum": "max", "minimum": "min", "add": "sum", "logaddexp": "log-sum-exp"}
PARTS = [
    *(_part("aggregator", f"numpy.{name}", TWO, **unit) for name, unit in UNITS.items()),
    *(_part("aggregator", f"numpy.{name}", **unit)
      for name, unit in (("fmax", {}), ("fmin", UNITS["minimum"]), ("logaddexp2", {}),
                         ("multiply", {"unit": 1.0}), ("hypot", {"unit": 0.0}))),
    *(_part("aggregator", f"torch.{name}", ALL, **unit) for name, unit in UNITS.items()),
    *(_recipe("aggregator", "torch", f"Tensor.scatter_reduce, {reduce}", "torch_scatter_reduce",
              ONE, "torch", reduce=reduce, unit=unit)
      for reduce, unit in (("amax", float("-inf")), ("amin", float("inf")), ("sum", 0.0),
                           ("prod", 1.0), ("mean", 0.0))),
    _part("aggregator", "jax.numpy.maximum"),
    _part("aggregator", "jax.numpy.logaddexp"),
    *(_part("update", f"{package}.{name}", aggregator=beside)
      for package in ("numpy", "torch") for name, beside in BESIDE.items()),
    *(_recipe("update", "torch", f"torch.nn.{cell}", "torch_cell", ONE, "torch", name=cell,
              aggregator="sum", features=4)
      for cell in ("GRUCell", "RNNCell")),
    _recipe("update", "torch", "torch.lerp, a tenth of the way", "torch_average", ONE, "torch",
            aggregator="sum"),
    _part("argument_function", "numpy.maximum", aggregator="max"),
    _part("argument_function", "numpy.add", aggregator="sum"),
    *(_part("message_function", f"numpy.{name}", aggregator=beside)
      for name, beside in (("add", "max"), ("add", "min"), ("add", "log-sum-exp"), ("add", "sum"),
                           ("multiply", "sum"), ("multiply", "max"), ("minimum", "max"),
                           ("maximum", "max"))),
    *(_part("message_function", f"torch.{name}", aggregator=beside)
      for name, beside in (("add", "max"), ("multiply", "sum"))),
    _recipe("softmax_aggregator", "scipy", "average by scipy.special.softmax",
            "scipy_softmax_average"),
    _recipe("softmax_aggregator", "torch", "average by torch.softmax", "torch_softmax_average"),
]  # fmt: skip
LAYERS = [
    _recipe("message_layer", "torch", "Tensor.scatter_reduce, amax", "torch_layer", TWO, "torch",
            reduce="amax"),
    _recipe("message_layer", "torch", "Tensor.scatter_reduce, mean without the own state",
            "torch_layer", ONE, "torch", reduce="mean", include_self=False),
    _recipe("message_layer", "torch", "Tensor.index_add", "torch_sum_layer", ONE, "torch"),
    _recipe("message_layer", "numpy", "numpy.maximum.at", "numpy_layer", ufunc="maximum"),
    _recipe("message_layer", "numpy", "numpy.add.at", "numpy_layer", ufunc="add"),
    _recipe("message_layer", "numpy", "numpy.logaddexp.at", "numpy_layer", ufunc="logaddexp"),
    _recipe("message_layer", "scipy", "product with a scipy.sparse matrix", "scipy_layer"),
    _recipe("message_layer", "jax", "Array.at[...].max", "jax_layer", ONE, "jax", reduce="max"),
]  # fmt: skip
PATHS = [
    *_plain("shortest_paths", "scipy", *(
        f"scipy.sparse.csgraph.{name}"
        for name in ("dijkstra", "bellman_ford", "johnson", "shortest_path"))),
    _recipe("shortest_paths", "scipy", "scipy.sparse.csgraph.floyd_warshall",
            "scipy_floyd_warshall"),
    *_plain("shortest_paths", "networkx", "networkx.single_source_dijkstra_path_length",
            "networkx.single_source_bellman_ford_path_length"),
    *_plain("shortest_paths", "rustworkx", "rustworkx.dijkstra_shortest_path_lengths",
            "rustworkx.bellman_ford_shortest_path_lengths"),
    Entry("igraph", "igraph.Graph.distances", "shortest_paths", "igraph:Graph.distances"),
]  # fmt: skip
OPTIMISERS = [
    _recipe("optimiser", "torch", f"torch.optim.{name}{shown}", "torch_optimiser", ONE, "torch",
            name=name, **options)
    for name, shown, options in (
        ("Adam", "", {}), ("AdamW", "", {}), ("Adam", ", weight_decay=0.001",
                                              {"weight_decay": 0.001}),
        ("Adam", ", amsgrad=True", {"amsgrad": True}), ("NAdam", "", {}), ("RAdam", "", {}),
        ("Adamax", "", {}), ("RMSprop", "", {}), ("Adagrad", "", {}), ("Adadelta", "", {}),
    )
]  # fmt: skip
ENTRIES = [*WEIGHTS, *LISTS, *INFORMATION, *PARTS, *LAYERS, *PATHS, *OPTIMISERS]
