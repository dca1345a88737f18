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

GLASSES = Paper(
    key="barbero2024glasses",
    title="Transformers need glasses! Information over-squashing in language tasks",
    authors="Federico Barbero and Andrea Banino and Steven Kapturowski and Dharshan Kumaran and "
    "Jo{\\~a}o Madeira Ara{\\'u}jo and Alex Vitvitskyi and Razvan Pascanu and "
    "Petar Veli{\\v{c}}kovi{\\'c}",
    year=2024,
    arxiv="2406.04267",
    venue="NeurIPS 2024",
)

SPARSEMAX_PAPER = Paper(
    key="martins2016sparsemax",
    title="From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification",
    authors="Andr{\\'e} F. T. Martins and Ram{\\'o}n Fernandez Astudillo",
    year=2016,
    arxiv="1602.02068",
    venue="ICML 2016",
)

ENTMAX_PAPER = Paper(
    key="peters2019sparse",
    title="Sparse Sequence-to-Sequence Models",
    authors="Ben Peters and Vlad Niculae and Andr{\\'e} F. T. Martins",
    year=2019,
    arxiv="1905.05702",
    venue="ACL 2019",
)

SCALABLE_PAPER = Paper(
    key="nakanishi2025scalable",
    title="Scalable-Softmax Is Superior for Attention",
    authors="Ken M. Nakanishi",
    year=2025,
    arxiv="2501.19399",
)

STICK_PAPER = Paper(
    key="tan2024stick",
    title="Scaling Stick-Breaking Attention: An Efficient Implementation and In-depth Study",
    authors="Shawn Tan and Songlin Yang and Aaron Courville and Rameswar Panda and Yikang Shen",
    year=2024,
    arxiv="2410.17980",
    venue="ICLR 2025",
)
