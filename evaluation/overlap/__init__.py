"""Measures of the policy office: logic against enumeration, kinds of pairs against judgement, speed."""
