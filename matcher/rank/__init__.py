"""The order of what was found: features of an enquiry and a scheme, and the learned ranker over them."""
