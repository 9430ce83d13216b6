"""The web page: pictures and films are swapped in a browser."""
