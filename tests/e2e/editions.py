"""Plugins of the consumer `edition`, good and bad."""

from gateway import BUILD

EDITION = BUILD / "tests" / "consumers" / "edition.so"


def aborting_edition():
    """One that ends the process as it is loaded."""
    content = (BUILD / "tests" / "plugins" / "fault_load_abort.so").read_bytes()
    name = b'"id":"fault","version":"1.0.0"'
    assert content.count(name) == 1
    return content.replace(name, b'"id":"edition","version":"1.0"')
