"""What may be touched: the scope file, its gate, the plan of targets, the engagement folder."""
