"""Views of a run: subscribers to its events that draw somewhere, and the notebook it makes."""
