"""The faces: console, field, portal and api."""
