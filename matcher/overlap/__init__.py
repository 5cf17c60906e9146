"""For the policy office: where schemes overlap, contradict each other or leave people out."""
