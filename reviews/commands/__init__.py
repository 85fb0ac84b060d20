"""What the commands of `reviews` do, one file a command; `cli.py` only reads what was typed."""
