"""Service levels: what is promised, what was counted of it, and how it stands. It works without anybody watching."""
