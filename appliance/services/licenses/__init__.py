"""Licences: what is installed, who has a seat, and the job that watches over both."""
