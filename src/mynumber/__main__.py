"""`python -m mynumber` is the command `mynumber`."""

from mynumber.cli.main import main

main(prog_name="mynumber")
