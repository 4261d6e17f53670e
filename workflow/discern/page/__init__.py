"""What the page is made of: the leaderboard, linked maps, and a section per row."""
