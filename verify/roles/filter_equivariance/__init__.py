"""The roles of the family: list functions, amalgamators, checkers, and the exact classes."""

from corollary.verify.roles.filter_equivariance._amalgams import (
    AMALGAMATOR,
    FACED_FAMILIES,
    FAMILIES,
    RESTRICTIONS,
    Amalgamator,
    Family,
    every_family,
    every_multiplicity,
    families,
    families_with_faces,
    family_numbered,
    family_of,
)
from corollary.verify.roles.filter_equivariance._cases import (
    DEFINITION,
    PAPER,
    Words,
    digits,
    drawn,
    every_word,
    is_true,
    same_words,
)
from corollary.verify.roles.filter_equivariance._closed_forms import closed_form
from corollary.verify.roles.filter_equivariance._lists import (
    LIST_FUNCTION,
    LISTS,
    Items,
    ListFunction,
    items_case,
    lists_with,
)

__all__ = [
    "AMALGAMATOR", "DEFINITION", "FACED_FAMILIES", "FAMILIES", "LISTS", "LIST_FUNCTION", "PAPER",
    "RESTRICTIONS", "Amalgamator", "Family", "Items", "ListFunction", "Words", "closed_form",
    "digits", "drawn", "every_family", "every_multiplicity", "every_word", "families",
    "families_with_faces", "family_numbered", "family_of", "is_true", "items_case", "lists_with",
    "same_words",
]  # fmt: skip
