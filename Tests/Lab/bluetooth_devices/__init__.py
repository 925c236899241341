"""A Bluetooth adapter and the devices around it in software. The adapter is our own, so that it can be made to fail;
the devices are servers of Google's Bumble, so that they share no line with what they test."""
