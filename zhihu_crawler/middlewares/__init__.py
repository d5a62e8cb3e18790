"""What happens to a request or a response on the way."""
