"""``python -m corollary`` is the ``corollary`` command."""

from corollary.verify.cli import main

main(prog_name="corollary")
