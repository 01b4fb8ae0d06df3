"""What is claimed about speed and size, as commands that print figures and fail beyond their bounds."""
