"""Swaps for strangers, within limits, and jobs that outlive the process: for server and page."""
