"""Files of endpoints or user ids for Amazon Pinpoint."""
