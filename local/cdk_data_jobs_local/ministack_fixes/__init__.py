"""What MiniStack does otherwise than AWS, and what makes it do as AWS does; a room for each service of AWS."""
