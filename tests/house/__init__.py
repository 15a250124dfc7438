"""Rules of the whole house: who may import whom, sizes, purity of the foundations, papers."""
