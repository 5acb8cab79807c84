"""`python -m demo.register`: fill the register if it is empty, and say who can sign in."""

import importlib
import sys

import django

django.setup()
# It imports models, which exist only now.
sys.stdout.write(importlib.import_module("demo.register.loading").main() + "\n")
