"""The people of the model town, drawn from a seed: nobody in it lives."""
