"""What is kept of a lab, and the report that is made from it."""
