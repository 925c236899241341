"""The virtual machine: its hardware, start, control and shutdown."""
