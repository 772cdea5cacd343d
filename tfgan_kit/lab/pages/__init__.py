"""One page a file: what is seen, without training maths."""
