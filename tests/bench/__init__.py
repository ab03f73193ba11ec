"""What the platform costs: `python -m tests.bench` (`make bench`).

Each module measures one thing and tells it as lines of text. A figure stands beside another one of the same run, and
their ratio is what can be compared between machines and between days.
"""
