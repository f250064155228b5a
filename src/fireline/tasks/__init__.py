"""Chapter 9, tasks: who must do what by when under the rules in force."""
