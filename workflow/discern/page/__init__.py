"""What the page is made of: pictures, sheets of images, linked maps, and what a row says."""
