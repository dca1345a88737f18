"""Counter-based numbers: the published vectors, and independence of order and batch."""

import numpy as np

from corollary.verify import _random


def test_philox_known_answers():
    """The vectors that the authors of Philox publish for philox4x32-10."""
    ones = 0xFFFFFFFF
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0]
    for inputs, expected in [
        ([0] * 6, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([ones] * 6, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (pi, [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
    ]:
        first, second = np.zeros((2, 1), dtype=np.uint64)
        keys = np.array([inputs[4] | inputs[5] << 32], dtype=np.uint64)
        _random._philox(np.array(inputs[:4], dtype=np.uint64), keys, first, second)
        halves = [int(first[0]), int(second[0])]
        assert [word for half in halves for word in (half >> 32, half & ones)] == expected


def test_a_row_depends_on_its_seed_alone():
    seeds = np.array([5, 7, 2**63 + 1], dtype=np.uint64)
    whole = _random.uniforms(seeds, 9)
    alone = _random.uniforms(seeds[1:2], 9)
    longer = _random.uniforms(seeds, 12)
    assert (whole[1] == alone[0]).all()
    assert (longer[:, :9] == whole).all()
    assert ((whole >= 0) & (whole < 1)).all()
    assert not np.isclose(whole, _random.uniforms(seeds, 9, stream=1)).any()


def test_uniforms_fill_the_unit_interval_evenly():
    values = _random.uniforms(np.arange(1000, dtype=np.uint64), 100)
    counts = np.histogram(values, bins=20, range=(0, 1))[0]
    chi_square = ((counts - 5000) ** 2 / 5000).sum()
    assert chi_square < 60  # 19 degrees of freedom: exceeded once in 10^5 seeds
