"""The protocol as data and as a page, made from the code: `make spec`."""
