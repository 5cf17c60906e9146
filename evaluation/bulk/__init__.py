"""How fast the kernel is beside other engines, on generated policies and profiles."""
