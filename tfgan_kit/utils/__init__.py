"""What every room may use: errors, validation, files, progress and Keras's private names."""
