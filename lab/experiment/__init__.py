"""The experiment as a list of commands, and what does them in their order."""
