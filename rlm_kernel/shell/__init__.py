"""The namespaces that cells run in: the notebook's own, and a child's."""
