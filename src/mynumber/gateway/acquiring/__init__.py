"""How the office gets its codes: the vault with numbers, the enrolments it takes, the persons it knows."""
