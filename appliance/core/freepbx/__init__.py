"""A site from the CSV files that FreePBX and Issabel export: rows to entities, and a report of what became of each."""

from appliance.core.freepbx.mapping import Imported, map_tables
from appliance.core.freepbx.report import Finding, Taken, folded, row_ranges
from appliance.core.freepbx.tables import Table, TableError, read_table

__all__ = [
    "Finding",
    "Imported",
    "Table",
    "TableError",
    "Taken",
    "folded",
    "map_tables",
    "read_table",
    "row_ranges",
]
