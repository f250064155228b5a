"""From records and rules to zone candidates: ground, situation, risk, candidates, curve, needs, order."""
