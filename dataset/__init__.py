"""From photographs to aligned crops, TFRecords and training pairs."""
