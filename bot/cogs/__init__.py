"""What the bot does in Discord, one file a feature."""
