"""The way of files through the swap: stages in threads, work that can be resumed, reports."""
