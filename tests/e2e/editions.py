"""Plugins for a plugins_dir, good and bad."""

from gateway import BUILD

EDITION = BUILD / "tests" / "consumers" / "edition.so"


def renamed_echo(name):
    """`echo` under another name of four letters: the gateway does not let its own plugins be replaced."""
    content = (BUILD / "lib" / "millrace" / "consumers" / "echo.so").read_bytes()
    assert content.count(b'"id":"echo"') == 1
    return content.replace(b'"id":"echo"', f'"id":"{name}"'.encode())


def aborting(name):
    """One that ends the process as it is loaded."""
    content = (BUILD / "tests" / "plugins" / "fault_load_abort.so").read_bytes()
    manifest = b'"id":"fault","version":"1.0.0"'
    assert content.count(manifest) == 1
    return content.replace(manifest, f'"id":"{name}","version":"1.0"'.encode().ljust(len(manifest)))
