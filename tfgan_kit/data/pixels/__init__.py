"""From encoded files and arrays of any layout to uint8 pixels."""
