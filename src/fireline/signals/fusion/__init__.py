"""Many streams as one answer: combined probabilities, and the Bayesian scan over kinds of event and areas."""
