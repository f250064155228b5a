"""What the faces share: tokens, layout, sign-in, security headers."""
