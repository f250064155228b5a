"""Chapter 5, early warning: single-stream alarms and fixed thresholds of the rules in force."""
