"""Rules, findings and recommendations: which policies apply to whom, and why."""
