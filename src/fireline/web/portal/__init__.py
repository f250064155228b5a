"""The public portal: serves only what bulletins wrote."""
