"""NoProp: classifiers whose blocks learn to denoise the label, each on its own.

The three variants of arXiv 2503.24322 behind one interface: `NoPropDT` (discrete time),
`NoPropCT` (continuous time) and `NoPropFM` (flow matching).
"""

from corollary.algorithms.noprop.continuous import NoPropCT
from corollary.algorithms.noprop.discrete import NoPropDT, head_probabilities
from corollary.algorithms.noprop.flow import NoPropFM
from corollary.algorithms.noprop.noising import (
    StepCoefficients,
    noise,
    prior_divergence,
    snr_increments,
    step_coefficients,
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
    "CosineSchedule",
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
