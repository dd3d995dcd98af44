"""The text a model sees, and how its reply is read."""
