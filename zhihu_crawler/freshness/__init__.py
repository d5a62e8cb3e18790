"""What of the stored is worth reading again, and when: by how often it was seen to change."""
