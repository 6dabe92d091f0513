"""`python -m bot`, for those who have not installed the `picket` command."""

from bot.cli import main

main()
