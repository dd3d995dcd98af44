"""What holds for all tests."""

from __future__ import annotations


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright leaves an event loop running on the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
