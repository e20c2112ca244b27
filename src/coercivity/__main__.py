"""``python -m coercivity`` is the command line."""

from coercivity.cli import main

if __name__ == "__main__":
    main()
