"""A LookML engine: reads a project, writes the SQL of a query, runs it. See docs/fidelity/lookml.md."""
