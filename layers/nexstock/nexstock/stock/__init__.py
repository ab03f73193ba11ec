"""Stock: how much of what lies where, and every movement that made it so."""
