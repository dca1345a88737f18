"""What the gallery says beside its tables: of each kind of refutation, what it is and is not."""

HEAD = """# Functions of other packages under the claims

Written by `make gallery`, at the quick budget and seed 0. A row is one function in one number
format against the claims of one role; *as expected* counts the claims that came out as they should,
those among them that are known to be false included. What is refuted is listed with the smallest
case that was found and a line that runs it again. Where a function needs more than one call to play
its role, `gallery_recipes.py` has these calls: run the lines in the folder `docs`, where they find
it.

A refutation is a fact about one function, one format and one claim. It is no verdict on a package:
most of those below are documented conventions, some are the price of a fast formula, and many
functions were never meant to do what the claim asks, which is why they are here. The class
*precision* means off by more than the derived tolerance and by less than 10,000 times that; in
float16 and bfloat16, where 10,000 tolerances are more than 1, it says little.
"""

NOTES = {
    "softmax": """
- `order-preservation` asks that of two logits the larger never has the smaller weight; equal ones
  have equal weights, in every bit. The fused kernel of `scaled_dot_product_attention` computes some
  of the exponentials of a row in vector registers and the rest one by one, and the two differ in
  the last bit: where registers hold 16 numbers, the weights behind the last multiple of 16. In the
  case shown that is one of 16 equal logits. The same call under `sdpa_kernel(SDPBackend.MATH)`
  gives 16 equal weights. PyTorch's page on numerical accuracy promises no equal bits for slices of
  one computation, so this is its documented freedom; it matters to whoever compares weights for
  equality.
""",
    "log_softmax": """
- `log-of-a-dominant-item` asks for relative accuracy where one item outweighs the rest and its
  log-weight is close to 0. That needs `log1p` over the other items; the usual formula, a
  logarithm of the whole sum, keeps absolute accuracy alone. It is a choice, and no defect where
  log-weights are only added up.
- `log-shift-invariance` and `log-coefficient-bounds` tell `log_softmax` from the textbook's
  `x - logsumexp(x)`. Both terms are as large as the logits, so their difference has the rounding of
  the logits and not of the result: three logits of -601 give -1.09861228866816 where -ln 3 is
  -1.09861228866811. `logsumexp` itself is right to the last bit; what the packages offer for this
  purpose is `log_softmax`.
""",
    "hardmax": """
- `hardmax-shares-among-ties`: the limit of a softmax shares the weight among the largest logits. An
  `argmax` must choose one of them, and NumPy and PyTorch document that it is the first. PyTorch
  documents, too, that the gradient of `max` over a dimension goes to that one element while
  `amax` shares it out, and so the gradient of `amax` is a hardmax and that of `max(dim)` is none.
""",
    "top_k_softmax": """
- `top-k-keeps-the-first` fixes which of several equal logits are kept: those of smaller index.
  JAX documents just that order. PyTorch documents that the indices of tied elements are not
  guaranteed to be stable, and NumPy that the order inside a partition is undefined. Weights of
  tied items are then right up to the choice of the item.
""",
    "entmax15": """
- `entmax15-is-optimal`: the threshold is found from a mean of squares minus a squared mean, which
  cancels where the logits are nearly equal and many. In the case shown the weights add up to
  1 - 7e-14. `entmax_bisect` divides by the sum in the end and keeps the claim.
""",
    "weighting": """
- `no-weights-are-not-a-number` asks that a row with all items masked, or with an infinite logit, is
  refused by a clear error or given numbers. NaN there is the convention of array libraries, which
  follow the arithmetic: infinity minus infinity. `entmax` raises an error about an index, which at
  least is not silent.
- `weights-ignore-an-offset`: `entmax_bisect` looks for its threshold among the logits as they are,
  not among their distances from the largest, so the threshold has the rounding of an offset. An
  offset of 513 costs two digits of the weights; subtracting the largest logit before the call
  costs none.
""",
    "list_function": """
Filter equivariance is no virtue that a list function ought to have. One that has it is decided on
all lists by what it does to lists of two letters, and this table tells which have it. What is
refuted here does exactly what its documentation says:

- functions that look at places or lengths (`roll`, `padded`), at the ends (`trim_zeros`), at
  neighbours (`unique_justseen`, `duplicates_justseen`, `diff`) or at frequencies beside others
  (`multimode`) change when other elements are deleted: `filter-equivariance`, `single-deletions`,
  `one-and-two-letters`, `pairs-determine-the-output`, `closure` and `simplicial-map` see it, and
  `multiplicity` where an element comes and goes;
- functions that compute (`accumulate`, `cumsum`, `difference`, `diff`, `argsort`,
  `run_length.encode`) or fill up (`padded`) return what was not in the list: `no-invention`.
""",
    "natural_list_function": """
- `map-equivariance` and `positions-decide` hold for functions that move elements without looking
  at them, such as `reversed`, `roll`, `tile` and `repeat`. Those that compare (`sorted`, `unique`),
  ask for equality (`dict.fromkeys`, `unique_everseen`) or compute (`cumsum`) are refuted, which
  is what they are for. `padded` invents its filling.
""",
    "aggregator": """
- `commutative-monoid`: a mean has no unit and is not associative, the mean of means is another
  number; whoever aggregates by it has to carry the count. `numpy.hypot` is
  documented as the root of a sum of squares; it loses signs, so that 0 is no unit for negative
  numbers. On numbers from 0 on it would be one.
- In every format that was run maximum and minimum keep the claim exactly, sum, product and
  log-sum-exp up to rounding. All of them are judged by roundings at the size of the messages.
""",
    "update": """
- `update-is-an-action` and `every-batching-ends-alike` say when messages may be delivered one by
  one in place of their sum. Recurrent cells and moving averages are made to depend on the order and
  on the number of steps: an empty delivery changes the state, too. So a network with such an
  update must be run in rounds, or trained to bear it.
""",
    "argument_function": """
- `normalised-cocycle` and `every-batching-emits-alike`: a node that sends its whole state whenever
  it is asked (the usual layer) sends something even if nothing arrived. A maximum hears it twice
  without harm, but how many messages there are then depends on the schedule; a sum counts states
  more than once. The reference sends a state only when it changed.
""",
    "message_function": """
- `edges-commute-with-aggregation`: adding an edge's weight commutes with maximum, minimum and
  log-sum-exp, not with a sum, where it would be added once for each message. Multiplying commutes
  with a sum, and with a maximum only for weights above 0; the claim has all of them, and 0 times
  the unit -infinity is NaN. `minimum` beside a maximum (widest paths) keeps it; `maximum` beside a
  maximum does not send nothing for nothing.
""",
    "message_layer": """
Only the maximum (or minimum) commutes with itself, is indifferent to order and repetition, and can
be exact. Layers that add or average are good layers; they are not asynchronous ones:

- `layer-hears-a-message-twice`: a sum counts an edge that is listed twice, twice, and a mean weighs
  it more.
- `layer-takes-edges-in-any-order` is judged bit by bit. Floating-point addition is commutative and
  not associative, so sums agree up to rounding only; PyTorch's page on reproducibility lists
  scattering operations for this reason.
- `layer-commutes-with-the-maximum`, `layer-may-run-asynchronously`, `layer-forgets-nothing`: a sum
  over several neighbours is no homomorphism of the maximum and may fall, and its
  iteration has no fixed point that all schedules share.
""",
    "shortest_paths": """
- `distances-with-negative-weights`: Dijkstra's algorithm does not promise anything there. rustworkx
  documents that costs must be non-negative, and both libraries say so by an exception. SciPy's
  `dijkstra` documents that it does not work for graphs with negative distances; it warns, and its
  answers were right in the cases examined.
- `distances-bit-by-bit` and `distances-follow-the-names`: Floyd and Warshall's algorithm adds up
  the halves of a path, not edge by edge from the source, and the order of nodes decides which. Its
  distances are right up to the last bits, and other bits than those of the other algorithms.
""",
    "optimiser": """
- `adam-cancels-the-weight`: an optimiser that divides by the size of the gradients takes the same
  steps for a loss that is multiplied by a constant. By design some do not: an L2 penalty is added
  to the gradient, and so weighs less against a larger loss, unlike the decoupled decay of `AdamW`;
  `RAdam` takes plain steps of momentum until it has seen enough gradients;
  `Adadelta` documents an epsilon under the root, in units of a square, where the claim scales it
  like a gradient.
""",
}
