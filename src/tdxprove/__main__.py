"""`python -m tdxprove`."""

from tdxprove.cli import main

if __name__ == "__main__":
    main()
