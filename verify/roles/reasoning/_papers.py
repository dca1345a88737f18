"""The papers behind the family."""

from __future__ import annotations

from corollary.verify.claim import Paper, Source

COCYCLES = Paper(
    key="dudzik2024asynchronous",
    title="Asynchronous Algorithmic Alignment with Cocycles",
    authors="Andrew Dudzik and Tamara von Glehn and Razvan Pascanu and "
    "Petar Veli{\\v{c}}kovi{\\'c}",
    year=2024,
    arxiv="2306.15632",
    venue="LoG 2023, PMLR 231",
)
LATENT_SPACE = Paper(
    key="mirjanic2023latent",
    title="Latent Space Representations of Neural Algorithmic Reasoners",
    authors="Vladimir V. Mirjani{\\'c} and Razvan Pascanu and Petar Veli{\\v{c}}kovi{\\'c}",
    year=2023,
    arxiv="2307.08874",
    venue="LoG 2023, PMLR 231",
)
TRANSNAR = Paper(
    key="bounsi2024transformers",
    title="Transformers meet Neural Algorithmic Reasoners",
    authors="Wilfried Bounsi and Borja Ibarz and Andrew Dudzik and Jessica B. Hamrick and "
    "Larisa Markeeva and Alex Vitvitskyi and Razvan Pascanu and Petar Veli{\\v{c}}kovi{\\'c}",
    year=2024,
    arxiv="2406.09308",
)
ALL_IS_SUM = Paper(
    key="rosenbluth2023some",
    title="Some Might Say All You Need Is Sum",
    authors="Eran Rosenbluth and Jan Toenshoff and Martin Grohe",
    year=2023,
    arxiv="2302.11603",
    venue="IJCAI 2023",
)

ACTIONS = Source(COCYCLES, "the node update as a monoid action")
COCYCLE = Source(COCYCLES, "the argument function as a 1-cocycle")
MULTIMORPHISMS = Source(COCYCLES, "messages as homomorphisms")
ASYNCHRONY = Source(COCYCLES, "asynchronous execution")
SOFTMAX_AGGREGATOR = Source(LATENT_SPACE, "the softmax aggregator")
SYMMETRIES = Source(LATENT_SPACE, "symmetries of Bellman-Ford inputs")
IMPROVEMENTS = Source(LATENT_SPACE, "abstract: improvements on the majority of algorithms")
READ_OUT = Source(TRANSNAR, "cross-attention from tokens to nodes")
SUMS = Source(ALL_IS_SUM, "growth of sum networks")
