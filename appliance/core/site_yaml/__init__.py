"""A site as one YAML file: read with the place of every value, checked as a whole, and written for people."""

from appliance.core.site_yaml.checking import SoundFile, parse_site, sound_files, uploads_by_hash
from appliance.core.site_yaml.reading import Document, FileProblem, SiteFileError, read_document
from appliance.core.site_yaml.writing import render_site

__all__ = [
    "Document",
    "FileProblem",
    "SiteFileError",
    "SoundFile",
    "parse_site",
    "read_document",
    "render_site",
    "sound_files",
    "uploads_by_hash",
]
