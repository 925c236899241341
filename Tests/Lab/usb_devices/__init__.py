"""Simulated USB serial adapters, which QEMU plugs into the guest. Uses only Python's standard library."""
