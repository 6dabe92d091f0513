"""The doors: the command line and the Discord client. Nothing here decides an answer."""
