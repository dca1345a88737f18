"""What the mathematics says about NoProp: a posterior sampler trained block by block.

Notation of arXiv 2503.24322: signal levels (alpha bar) rise from noise to label, s is the
signal-to-noise ratio, W holds one embedding per class, p(k|x) are the probabilities of the classes
at an input. Logarithms are natural: entropies and losses are in nats.
"""

from corollary.theory.noprop._flow_matching import (
    flow_matching_end,
    flow_matching_estimate,
    flow_matching_floor,
    flow_matching_rank_floor,
    flow_matching_signal,
    flow_matching_velocity,
)
from corollary.theory.noprop._inference import (
    FLOWS,
    STARTS,
    VARIANCES,
    flow_class_probabilities,
    flow_end,
    mixture_density,
    noise_free_end,
    run_class_probabilities,
    run_density,
)
from corollary.theory.noprop._information import (
    clean_end_slope,
    continuous_optimum,
    discrete_gap,
    discrete_gap_ceiling,
    discrete_gap_with_optimal_variance,
    entropy,
    mixture_divergence,
    mmse,
    mutual_information,
)
from corollary.theory.noprop._memory import (
    kept_activations,
)
from corollary.theory.noprop._mixtures import (
    bayes_accuracy,
    class_weights,
    gibbs_accuracy,
    gibbs_risk_ceiling,
    output_head,
    posterior_mean,
)
from corollary.theory.noprop._schedules import (
    COSINE_OFFSET,
    cosine_levels,
    cosine_signal,
    interpolated_signal,
    log_linear_levels,
    log_linear_signal,
    signal_to_noise,
)
from corollary.theory.noprop._steps import (
    Step,
    ddim_coefficients,
    diffusion_rates,
    diffusion_term,
    discrete_objective,
    flow_rates,
    optimal_step_variance,
    prior_divergence,
    riemann_error_bound,
    snr_weights,
    step_coefficients,
    step_divergence,
)

__all__ = [
    "COSINE_OFFSET",
    "FLOWS",
    "STARTS",
    "VARIANCES",
    "Step",
    "bayes_accuracy",
    "class_weights",
    "clean_end_slope",
    "continuous_optimum",
    "cosine_levels",
    "cosine_signal",
    "ddim_coefficients",
    "diffusion_rates",
    "diffusion_term",
    "discrete_gap",
    "discrete_gap_ceiling",
    "discrete_gap_with_optimal_variance",
    "discrete_objective",
    "entropy",
    "flow_class_probabilities",
    "flow_end",
    "flow_matching_end",
    "flow_matching_estimate",
    "flow_matching_floor",
    "flow_matching_rank_floor",
    "flow_matching_signal",
    "flow_matching_velocity",
    "flow_rates",
    "gibbs_accuracy",
    "gibbs_risk_ceiling",
    "interpolated_signal",
    "kept_activations",
    "log_linear_levels",
    "log_linear_signal",
    "mixture_density",
    "mixture_divergence",
    "mmse",
    "mutual_information",
    "noise_free_end",
    "optimal_step_variance",
    "output_head",
    "posterior_mean",
    "prior_divergence",
    "riemann_error_bound",
    "run_class_probabilities",
    "run_density",
    "signal_to_noise",
    "snr_weights",
    "step_coefficients",
    "step_divergence",
]
