"""USB serial adapters in software, which QEMU plugs into the guest. Needs nothing but Python's standard library."""
