"""The scenes of the story, by what they show; each acts as people act and is judged from the stores."""
