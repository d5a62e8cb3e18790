"""What is wanted: fields, conditions, times, order; checked against the items before anything is read."""
