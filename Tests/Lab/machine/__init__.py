"""The virtual machine: what it is made of, how it is started, spoken to and ended."""
