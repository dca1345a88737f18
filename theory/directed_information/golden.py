"""Golden values: what an independent computation has given, to the digits that are printed.

Everything is in bits unless the name says nats. The tables are data; whoever uses them must
recompute each number.
"""

from __future__ import annotations

# Feedback capacity of n uses, n = 1, 2, ..., from a known first state: (low, high).
TRAPDOOR_USES = (
    (0.3219280949, 0.3219280949),
    (1.0827257408, 1.0827257408),
    (1.7888304698, 1.7888304698),
    (2.492832455, 2.492832455),
    (3.1873423691, 3.1873423691),
    (3.8825276092, 3.8825276092),
    (4.57666397, 4.57666407),
    (5.27100702, 5.27100712),
)
ISING_USES = (
    (0.3219280949, 0.3219280949),
    (1.0827257408, 1.0827257408),
    (1.5725111052, 1.5725111052),
    (2.2103620702, 2.2103620702),
    (2.7485022258, 2.7485022258),
    (3.3511609085, 3.3511609085),
    (3.90846608, 3.90846618),
    (4.49720435, 4.49720445),
)

# (closed form by name, arguments) -> printed values.
CLOSED_FORMS: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...] = (
    ("binary_entropy", (0.1,), (0.468995594,)),
    ("binary_entropy", (0.26,), (0.826746372,)),
    ("copied_symmetric_channel", (4, 0.1), (0.531004406, 1.406986781)),
    ("noisy_echo_pair", (4, 0.1, 0.2), (1.604256743, 0.314454833)),
    ("noisy_echo_pair", (5, 0.05, 0.3), (3.185541045, 0.092362234)),
    ("noisy_echo_pair", (3, 0.0, 0.2), (2.443856190, 0.0)),
    ("noisy_echo_pair", (3, 0.2, 0.0), (0.278071905, 1.443856190)),
    ("delayed_copy", (5, 1, 0.1), (0.0, 2.124017626)),
    ("delayed_copy", (5, 2, 0.1), (0.0, 1.593013219)),
    ("delayed_copy", (5, 3, 0.1), (0.0, 1.062008813)),
    ("z_channel_capacity", (0.5,), (0.321928095,)),
    ("z_channel_capacity", (0.2,), (0.618231366,)),
    ("trapdoor_feedback_capacity", (), (0.694241913630617,)),
    ("ising_feedback_capacity", (), (0.575521574168, 0.450299522)),
    ("run_limited_erasure_capacity", (0.0,), (0.694241914,)),
    ("run_limited_erasure_capacity", (0.25,), (0.560193279,)),
    ("run_limited_erasure_capacity", (0.5,), (0.405685231,)),
    ("open_grid_reach", (1,), (2.321928,)),
    ("open_grid_reach", (2,), (3.700440,)),
    ("open_grid_reach", (3,), (4.643856,)),
    ("open_grid_reach", (4,), (5.357552,)),
    ("open_grid_reach", (5,), (5.930737,)),
    ("grid_corner_reach", (1,), (1.584963,)),
    ("grid_corner_reach", (2,), (2.584963,)),
    ("grid_corner_reach", (3,), (3.321928,)),
    ("grid_corner_reach", (4,), (3.906891,)),
    ("grid_corner_reach", (5,), (4.392317,)),
)

# Transfer entropies in nats: coefficients, noise, then x to y and y to x.
GAUSSIAN_RATES = (
    (((0.0, 0.0), (1.0, 0.0)), ((1.0, 0.0), (0.0, 1.0)), 0.346573590, 0.0),
    (((0.8, 0.0), (0.6, 0.5)), ((1.0, 0.0), (0.0, 1.0)), 0.235001815, 0.0),
    (((0.5, 0.3), (0.4, 0.2)), ((1.0, 0.3), (0.3, 1.0)), 0.0768652473, 0.0397869287),
)

# The last of these autoregressions over five steps, in nats: forward, strict reverse, mutual.
GAUSSIAN_FIVE_STEPS = (0.7191915, 0.1629461, 0.8821376)

# Potential plasticity over five steps, agent first. The agent copies its last observation, or its
# flip with probability q; or learns values with step 0.1, exploration eps and initial value Q0.
POTENTIAL_COPY = ((0.0, 4.0), (0.1, 2.1240176))
POTENTIAL_Q_LEARNING = (
    (0.0, 0.0, 1.1805164),
    (0.1, 0.0, 0.8771277),
    (0.5, 0.0, 0.3551776),
    (1.0, 0.0, 0.0),
    (0.0, 0.5, 3.1581837),
    (0.0, 1.0, 2.5026310),
    (0.0, -1.0, 0.0),
)

# Two-armed bandit over five steps, agent first, step size 0.1: plasticity O_{1:3} -> A_{2:5} and
# empowerment A_{1:3} -> O_{2:5}, for two pairs of success probabilities.
BANDIT_ARMS = ((0.3, 0.7), (0.1, 0.9))
BANDIT_EXPLORATION = (
    (0.0, (0.698166, 0.341735), (0.376518, 0.750366)),
    (0.1, (0.491405, 0.322505), (0.251307, 0.835990)),
    (0.25, (0.349734, 0.296546), (0.165440, 0.924876)),
    (0.5, (0.172082, 0.263078), (0.072470, 1.008586)),
    (0.75, (0.047490, 0.243495), (0.018223, 1.048702)),
    (1.0, (0.0, 0.237418), (0.0, 1.062009)),
)
BANDIT_INITIAL_VALUE = (
    (-1.0, (0.0, 0.327825), (0.0, 0.425905)),
    (-0.5, (0.0, 0.327825), (0.0, 0.425905)),
    (0.0, (0.698166, 0.341735), (0.376518, 0.750366)),
    (0.25, (1.408761, 0.322589), (0.647946, 0.421604)),
    (0.5, (2.061019, 0.317354), (0.932685, 0.417303)),
    (0.75, (2.249369, 0.317354), (1.109682, 0.417303)),
    (1.0, (1.253837, 0.278591), (0.673448, 0.679947)),
)

# All bijections a^n <-> o^n with uniform words: plasticity -> how many of them (E + P = n).
BIJECTIONS = {
    2: {0.0: 8, 1.0: 16},
    3: {
        0.0: 128,
        0.5: 512,
        0.811278: 2048,
        1.0: 11008,
        1.061278: 8192,
        1.25: 4096,
        1.311278: 8192,
        1.5: 5120,
        2.0: 1024,
    },
}

# Best empowerment found at a plasticity, two binary steps, agent first (a lower bound).
FRONTIER = (
    (0.05, 1.782734),
    (0.10, 1.657179),
    (0.20, 1.472873),
    (0.25, 1.397192),
    (0.30, 1.328073),
    (0.35, 1.265376),
    (0.40, 1.227246),
    (0.50, 1.158803),
    (0.60, 1.101952),
    (0.70, 1.057654),
    (0.80, 1.026193),
    (0.90, 1.007156),
    (0.95, 1.002067),
    (1.00, 1.0),
)
