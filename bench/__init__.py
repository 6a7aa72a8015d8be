"""Measurements, side by side and never part of the tests."""
