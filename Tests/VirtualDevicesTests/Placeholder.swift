// VirtualDevicesTests
