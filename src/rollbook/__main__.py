"""`python -m rollbook`: the same as the command `rollbook`."""

import sys

from rollbook.project.main import main

if __name__ == "__main__":
    sys.exit(main())
