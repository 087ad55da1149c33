"""Everything that people edit, declared once: the same schema serves the form, the API, YAML and the database."""
