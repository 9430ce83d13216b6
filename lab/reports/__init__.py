"""The results that are kept of a lab, and the report that is made from them."""
