"""What a person sees: progress, cards, warnings."""
