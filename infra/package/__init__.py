"""The deployment package, as `sam build` has it made through functions/Makefile.

docs/decisions/2026-11-28-what-is-in-the-package.md has the reasons.
"""
