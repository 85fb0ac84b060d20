"""`python -m reviews`."""

from reviews.cli import main

if __name__ == "__main__":
    main()
