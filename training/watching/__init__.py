"""The watch over a training: logs, samples, validation, alarms."""
