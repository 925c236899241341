"""A simulated Bluetooth adapter and nearby devices. The adapter is implemented here, so that failures can be injected;
the devices use the GATT server of Google's Bumble, so that they share no code with the gateway."""
