"""Files of contacts for Amazon SES."""
