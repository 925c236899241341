// SurfacesTests
