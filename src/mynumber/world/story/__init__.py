"""The story that the town plays: who plays, scene by scene, judged from the stores."""
