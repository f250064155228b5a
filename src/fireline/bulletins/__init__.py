"""Chapter 11, bulletins: suppressed public tables and texts, and figures drawn as SVG."""
