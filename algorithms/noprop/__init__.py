"""NoProp: classifiers whose blocks learn to denoise the label, each on its own.

The three variants of arXiv 2503.24322 behind one interface: `NoPropDT` (discrete time),
`NoPropCT` (continuous time) and `NoPropFM` (flow matching). Beside them, to compare with: the same
blocks trained end to end, a plain network trained by backpropagation, direct feedback alignment,
dual propagation, and forward-forward.
"""

from corollary.algorithms.noprop.continuous import NoPropCT
from corollary.algorithms.noprop.discrete import NoPropDT, head_probabilities
from corollary.algorithms.noprop.end_to_end import EndToEnd
from corollary.algorithms.noprop.flow import NoPropFM
from corollary.algorithms.noprop.forward_forward import ForwardForward
from corollary.algorithms.noprop.noising import (
    StepCoefficients,
    noise,
    prior_divergence,
    snr_increments,
    step_coefficients,
)
from corollary.algorithms.noprop.perceptrons import (
    BackpropMLP,
    DirectFeedbackAlignment,
    DualPropagation,
)
from corollary.algorithms.noprop.samplers import integrate_flow, sample_latents
from corollary.algorithms.noprop.schedules import (
    CosineSchedule,
    LearnedSchedule,
    LinearSchedule,
    Schedule,
    TableSchedule,
)

__all__ = [
    "BackpropMLP",
    "CosineSchedule",
    "DirectFeedbackAlignment",
    "DualPropagation",
    "EndToEnd",
    "ForwardForward",
    "LearnedSchedule",
    "LinearSchedule",
    "NoPropCT",
    "NoPropDT",
    "NoPropFM",
    "Schedule",
    "StepCoefficients",
    "TableSchedule",
    "head_probabilities",
    "integrate_flow",
    "noise",
    "prior_divergence",
    "sample_latents",
    "snr_increments",
    "step_coefficients",
]
