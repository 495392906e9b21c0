"""Analysers and voices behind two small ports; no retries in here, tasks own them."""
