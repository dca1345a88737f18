"""Symbolic identities and certified inequalities, with false ones that must be refused."""

from fractions import Fraction

import numpy as np
import pytest

from corollary.algorithms.directed_information import information_table
from corollary.theory.directed_information import (
    certificates,
    certify,
    conditional_inequalities,
    identities,
    interval_inequalities,
)
from corollary.theory.directed_information.certificates import Certificate, Inequality, add
from corollary.theory.directed_information.identities import Identity, full, literal_reverse, shared
from corollary.theory.directed_information.inequalities import full_form, strict_form


def test_all_identities_up_to_five_steps_are_proved():
    quadruples = 0
    for horizon in range(1, 6):
        found = list(identities(horizon))
        assert all(identity.proved for identity in found)
        quadruples += sum(identity.name == "conservation" for identity in found)
    assert quadruples == 371


def test_the_same_arrow_both_ways_is_no_identity():
    x = y = (1, 3)
    printed = Identity("plain", 3, (x, y), full(x, y) + literal_reverse(y, x), shared(x, y))
    assert not printed.proved
    apart = Identity("apart", 3, (x, y), full((1, 1), (2, 3)), shared((1, 1), (2, 3)))
    assert apart.proved


@pytest.mark.parametrize("horizon", [1, 2])
def test_interval_inequalities_are_certified(horizon):
    names = set()
    for inequality in interval_inequalities(horizon):
        assert certify(inequality).proved
        names.add(inequality.name.split(" (")[0])
    assert len(names) >= (10 if horizon == 1 else 14)


def test_conditional_inequalities_are_certified_and_need_their_hypothesis():
    for inequality in conditional_inequalities(2):
        certificate = certify(inequality)
        assert certificate.proved
        bare = Inequality(inequality.name, inequality.variables, inequality.form)
        needed = {name for name, _ in inequality.given}
        if needed & {name for name, _ in certificate.multipliers}:
            with pytest.raises(ValueError, match="no combination"):
                certify(bare)


def evaluated(form, joint, horizon):
    """Return the value of a linear form at the entropies of a joint pmf."""
    axes = [f"X{t}" for t in range(1, horizon + 1)] + [f"Y{t}" for t in range(1, horizon + 1)]
    cube = joint.reshape([2] * (2 * horizon))
    value = 0.0
    for names, factor in form.items():
        gone = tuple(k for k, name in enumerate(axes) if name not in names)
        weights = cube.sum(axis=gone).ravel()
        value -= float(factor) * (weights * np.log2(weights)).sum()
    return value


def test_forms_mean_what_the_table_computes(random_joint, intervals):
    joint = random_joint(3)
    table = information_table(joint, 3)
    for x, y in intervals(3):
        full_value = table.directed_information(x, y).value
        assert evaluated(full_form(x, y), joint, 3) == pytest.approx(full_value, abs=1e-12)
        strict_value = table.strict(y, x).value
        assert evaluated(strict_form(y, x), joint, 3) == pytest.approx(strict_value, abs=1e-12)


def sizes(horizon):
    return {f"{letter}{t}": f"log k{letter}" for letter in "XY" for t in range(1, horizon + 1)}


@pytest.mark.parametrize(
    ("x", "y", "log_size", "count"),
    [((1, 1), (1, 2), "log kY", 1), ((1, 2), (1, 1), "log kX", 1)],
)
def test_tension_bound_with_exchanged_alphabets_has_no_certificate(x, y, log_size, count):
    both = add(full_form(x, y), strict_form(y, x))
    claim = add({log_size: Fraction(count)}, both, -1)
    variables = ("X1", "X2", "Y1", "Y2")
    with pytest.raises(ValueError, match="no combination"):
        certify(Inequality("as printed", variables, claim, sizes=sizes(2)))


def test_target_data_processing_has_no_certificate():
    """Z_i a function of Y_i loses in the target only without feedback."""
    variables = ("X1", "X2", "Y1", "Y2", "Z1", "Z2")
    given = tuple(
        (
            f"Z{i}",
            add(certificates.entropy([f"Y{i}", f"Z{i}"]), certificates.entropy([f"Y{i}"]), -1),
        )
        for i in (1, 2)
    )
    every = (1, 2)
    lost = add(full_form(every, every), full_form(every, every, target="Z"), -1)
    with pytest.raises(ValueError, match="no combination"):
        certify(Inequality("target processing", variables, lost, given))


def test_a_certificate_is_checked_and_not_believed():
    inequality = next(iter(interval_inequalities(1)))
    good = certify(inequality)
    name, factor = good.multipliers[0]
    assert not Certificate(inequality, ((name, factor + 1), *good.multipliers[1:])).proved
    assert not Certificate(inequality, ()).proved
    negative = Inequality("negative", ("A",), {frozenset("A"): Fraction(-1)})
    assert not Certificate(negative, (("H(A|rest)", Fraction(-1)),)).proved


def test_forms_about_unknown_things_are_refused():
    with pytest.raises(ValueError, match="no fact speaks about"):
        certify(Inequality("stranger", ("A",), {"log k": Fraction(1)}))
