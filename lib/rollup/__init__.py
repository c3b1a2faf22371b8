"""The snapshots of many counties as a prefecture's or a province's overview: the same figures and targets, a county for a township."""
