"""The pages in a real browser: journeys, accessibility, phone width, and the picture for the README."""
