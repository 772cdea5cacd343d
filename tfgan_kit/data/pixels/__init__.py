"""Encoded files and arrays in any layout, converted to uint8 pixels."""
