"""Citizens at the register: their cards, their sign-ins at portals, and the requests written on their order."""
