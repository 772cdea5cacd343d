"""Readers of image sources, one kind of source a file."""
