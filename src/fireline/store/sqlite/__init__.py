"""SQLite with one writer at a time: Django's backend plus a fair queue in front of every write.

Store: named as ENGINE in the settings.
"""
