"""What a party knows of its network: whom it was given to believe, papers it verified, whom it reaches and how."""
