"""`tfgan-kit` and `python -m tfgan_kit`."""

from tfgan_kit.cli import main

if __name__ == "__main__":
    main()
