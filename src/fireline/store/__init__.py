"""Django models, the audit chain, the vault and the only door to rows: access."""
