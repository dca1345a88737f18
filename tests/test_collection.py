"""Names of tests do not depend on the process that collects them."""

import re


def test_no_test_is_named_after_an_address(request):
    """Workers that run the suite together must collect the same names."""
    names = [item.nodeid for item in request.session.items]
    assert len(names) > 0
    assert not [name for name in names if re.search(r"0x[0-9a-f]{6,}", name)]
