"""The papers that the claims of this family cite."""

from corollary.verify.claim import Paper

SHARP = Paper(
    key="velickovic2024softmax",
    title="softmax is not enough (for sharp out-of-distribution)",
    authors="Petar Veli{\\v{c}}kovi{\\'c} and Christos Perivolaropoulos and Federico Barbero "
    "and Razvan Pascanu",
    year=2024,
    arxiv="2410.01104",
    venue="ICML 2025",
)
