"""The paper that the claims of this family cite."""

from corollary.verify.claim import Paper

NOPROP = Paper(
    key="li2025noprop",
    title="NoProp: Training Neural Networks without Full Back-propagation or Full "
    "Forward-propagation",
    authors="Qinyu Li and Yee Whye Teh and Razvan Pascanu",
    year=2025,
    arxiv="2503.24322",
)
